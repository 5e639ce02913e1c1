// The resolver at work: every sandbox's sockets, served by one thread.
import CLinux
import Glibc
import Linux
import Logging
import ServiceKit

/// Answers the lookups of all sandboxes that are on user-defined networks. A sandbox costs two sockets and a record; there are no
/// threads, tasks or buffers of its own.
actor ResolverServer {
    /// A sandbox that is served.
    struct ServedSandbox {
        var client: ResolverClient
        /// Name of the pin, under which the supervisor keeps the sockets.
        let namespace: String
        /// Where the namespace is pinned.
        let path: String
        let sockets: ResolverSockets
        /// Queries passed on and not answered yet.
        var inFlight = 0
        var connections = 0
    }

    /// Of one sandbox, as dockerd has it, and of all.
    static let mostInFlight = 1024
    static let mostInFlightOfAll = 8192

    private let thread: LoopThread
    let sockets: NamespaceSockets
    let logger: Logger
    private let store: DescriptorStore
    private let hostFile: HostResolverFile

    var directory = NameDirectory()
    var served: [String: ServedSandbox] = [:]
    var health = UpstreamHealth()
    var cache = AnswerCache()
    var hostServers: [IPAddress] = []
    var pending: [UInt64: PendingQuery] = [:]
    var streams: [UInt64: StreamClient] = [:]
    var buffer = [UInt8](repeating: 0, count: 65_536)
    private var serial: UInt64 = 0
    private var restored: [String: [Descriptor]]
    private var isFollowing = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Takes over what `store` has kept from an earlier process. Throws `KernelError` and `EventLoop.Failure`.
    init(home: HomeNamespace, store: DescriptorStore, hostFile: HostResolverFile = HostResolverFile(), logger: Logger) throws {
        thread = try LoopThread(name: "resolver", home: home)
        sockets = NamespaceSockets(home: home)
        self.store = store
        self.hostFile = hostFile
        self.logger = logger
        restored = store.restored.mapValues { $0.map { Descriptor(berth_descriptor_raise($0, NamespaceSockets.lowestNumber)) } }
    }

    // MARK: Who is where

    func join(network id: String, named name: String, _ member: NetworkMember) {
        directory.join(network: id, named: name, member)
    }

    func leave(network id: String, container: String) {
        directory.leave(network: id, container: container)
    }

    // MARK: Sandboxes

    /// Serves a sandbox from now on, or changes what its lookups depend on. `namespace` is the name of the pin at `path`.
    func serve(_ client: ResolverClient, namespace: String, path: String) throws {
        if served[client.id]?.namespace == namespace {
            served[client.id]?.client = client
            cache.forget(client: client.id)
            return
        }
        dismiss(client.id)
        follow()
        let kept = restored.removeValue(forKey: namespace).flatMap { ResolverSockets(restoring: $0) }
        let own = try kept ?? ResolverSockets(opening: sockets, in: path)
        served[client.id] = ServedSandbox(client: client, namespace: namespace, path: path, sockets: own)
        let id = client.id
        try watch(own.datagrams.raw, .readable) { server, _ in server.receive(id) }
        try watch(own.streams.raw, .readable) { server, _ in server.accept(id) }
        if kept == nil { store.keep([own.datagrams.raw, own.streams.raw], as: namespace) }
    }

    /// Closes a sandbox's sockets: its namespace can go. Succeeds when there is nothing.
    func dismiss(_ id: String) {
        guard let sandbox = served.removeValue(forKey: id) else { return }
        thread.loop.remove(sandbox.sockets.datagrams.raw)
        thread.loop.remove(sandbox.sockets.streams.raw)
        for (serial, stream) in streams where stream.sandbox == id { close(stream: serial) }
        for (serial, query) in pending where query.asker.sandbox == id { abandon(serial) }
        cache.forget(client: id)
        store.forget(sandbox.namespace)
    }

    /// Closes what an earlier process left for sandboxes that are no more.
    func forgetStrangers() {
        for namespace in restored.keys { store.forget(namespace) }
        restored = [:]
    }

    /// How many clients are connected by TCP.
    var connections: Int { streams.count }

    // MARK: The loop

    func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }

    nonisolated var now: Milliseconds { Milliseconds(clamping: clinux_monotonic_nanoseconds() / 1_000_000) }

    /// Handlers run on the actor's thread, between its jobs.
    func watch(
        _ raw: Int32, _ interest: EventLoop.Interest,
        _ body: @escaping @Sendable (isolated ResolverServer, EventLoop.Ready) -> Void
    ) throws {
        try thread.loop.add(raw, interest) { [weak self] ready in
            self?.assumeIsolated { body($0, ready) }
        }
    }

    func modify(_ raw: Int32, _ interest: EventLoop.Interest) {
        do {
            try thread.loop.modify(raw, interest)
        } catch {
            logger.error("can't wait for a socket of the resolver", metadata: ["error": "\(error)"])
        }
    }

    func unwatch(_ raw: Int32) { thread.loop.remove(raw) }

    func schedule(after delay: Milliseconds, _ body: @escaping @Sendable (isolated ResolverServer) -> Void) -> EventLoop.Timer {
        thread.loop.schedule(afterMilliseconds: delay) { [weak self] in
            self?.assumeIsolated { body($0) }
        }
    }

    func cancel(_ timer: EventLoop.Timer) { thread.loop.cancel(timer) }

    // MARK: The host's name servers

    /// Looks at the host's files again each second, from the first sandbox on.
    private func follow() {
        guard !isFollowing else { return }
        isFollowing = true
        readHostFile(isFirst: true)
    }

    private func readHostFile(isFirst: Bool = false) {
        if isFirst || hostFile.hasChanged() {
            let servers = hostFile.servers()
            if servers != hostServers {
                hostServers = servers
                cache.forgetAll()
            }
        }
        _ = schedule(after: HostResolverFile.interval) { $0.readHostFile() }
    }
}
