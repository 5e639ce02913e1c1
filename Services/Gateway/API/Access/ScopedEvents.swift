// Events at a scoped socket, and all its backends together.
import Contracts
import GatewayBackends
import Models
import RPC
import ServiceKit

/// Events at a scoped socket. Where the socket has labels, only its own containers' events are told: those of other things don't tell whose
/// they are.
struct ScopedEvents: EventBackend {
    let access: AccessGuard

    func events(_ query: EventQuery, context: RPCContext) async throws -> AsyncThrowingStream<EventMessage, any Error> {
        let events = try await access.backends.events.events(query, context: context)
        let policy = access.policy
        guard !policy.socket.labels.isEmpty else { return events }
        let source = EventSource(events)
        return AsyncThrowingStream {
            while let event = try await source.next() {
                if event.type == "daemon", event.action == "gap" { return event }
                if event.type == "container", policy.admits(event.actor.attributes) { return event }
            }
            return nil
        }
    }
}

/// A stream that one reader at a time takes from.
private actor EventSource {
    private var iterator: AsyncThrowingStream<EventMessage, any Error>.Iterator

    init(_ stream: AsyncThrowingStream<EventMessage, any Error>) { iterator = stream.makeAsyncIterator() }

    func next() async throws -> EventMessage? {
        var taken = iterator
        defer { iterator = taken }
        return try await taken.next(isolation: self)
    }
}

/// The engine's own facts, with the socket's share of its containers.
struct ScopedSystem: SystemBackend {
    let access: AccessGuard

    func version(context: RPCContext) async throws -> SystemVersion { try await access.backends.system.version(context: context) }

    func info(context: RPCContext) async throws -> SystemInfo {
        var info = try await access.backends.system.info(context: context)
        guard !access.policy.socket.labels.isEmpty else { return info }
        let query = ContainerListQuery(all: true, filters: access.policy.narrowed(Filters()))
        let states = try await access.backends.containers.list(query, context: context).map(\.summary.state)
        info.containers = states.count
        info.containersRunning = states.count { $0 == .running || $0 == .restarting }
        info.containersPaused = states.count { $0 == .paused }
        info.containersStopped = states.count - info.containersRunning - info.containersPaused
        return info
    }

    func metrics(context: RPCContext) async -> String { await access.backends.system.metrics(context: context) }
}

extension EngineBackends {
    /// What is left of these for the clients of a socket with a policy.
    func scoped(by policy: AccessPolicy) -> EngineBackends {
        let access = AccessGuard(policy: policy, backends: self)
        return EngineBackends(
            containers: ScopedContainers(access: access), execs: ScopedExecs(access: access), images: ScopedImages(access: access),
            networks: ScopedNetworks(access: access), volumes: ScopedVolumes(access: access), files: ScopedFiles(access: access),
            imageData: ScopedImageData(access: access), system: ScopedSystem(access: access), events: ScopedEvents(access: access),
            checkpoints: checkpoints.map { ScopedCheckpoints(access: access, inner: $0) },
            oldestVersion: oldestVersion)
    }
}

extension EngineAPI {
    /// The routes for a scoped socket.
    public init(_ backends: EngineBackends, scopedBy socket: ScopedSocket) {
        let policy = AccessPolicy(socket: socket)
        let whole = EngineAPI(backends.scoped(by: policy))
        self.init(routes: whole.routes.map { ReadOnlyRoutes.guarded($0, policy) })
        oldestVersion = backends.oldestVersion
        scope = policy.callScope.text
    }
}
