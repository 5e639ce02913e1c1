// What the gateway holds in memory for a container, besides its record.
import Contracts
import GatewayState
import RPC
import Synchronization

/// How a container ended.
struct ExitOutcome: Sendable, Equatable {
    var exitCode: Int32
    /// Words for the waiting client; empty as a rule.
    var error: String = ""
}

/// A container's lock, connection, waiters and spans.
final class LiveContainer: Sendable {
    private struct State: Sendable {
        var shim: (any ShimConnection)?
        var nextExit = Promise<ExitOutcome>()
        var removal = Promise<ExitOutcome>()
        var isRemoving = false
        /// The engine is about to start it though no client asked for that.
        var isReviving = false
        /// Restarts between their stop and their start: no auto-removal.
        var restarts = 0
        /// Notices to come of what this gateway had done itself.
        var ownNotices = 0
        /// Who had the container ended together with its shim, which didn't answer.
        var forcedEnd: EndRequest?
    }

    let id: String
    /// Held by whatever changes the container.
    let gate = Gate()
    /// Held from a restart's stop to its start: another one's signal would go to what this one has started.
    let restartGate = Gate()
    let spans: SpanLog
    /// What may make it run: who wants it to end waits for that first.
    let starts = Settling()
    /// Signals that are being sent and told of: the end that one brings about is told after it.
    let signals = Settling()
    /// Ends that are on record and about to be told: a stop is told after it.
    let ends = Settling()
    /// How long either waits for the other at most.
    static let patience = Duration.seconds(2)
    private let state = Mutex(State())

    init(id: String, spans: SpanLog = SpanLog()) {
        self.id = id
        self.spans = spans
    }

    /// The connection to its shim, nil while it has none.
    var shim: (any ShimConnection)? {
        get { state.withLock { $0.shim } }
        set { state.withLock { $0.shim = newValue } }
    }

    /// Takes the connection away, for good.
    func takeShim() -> (any ShimConnection)? {
        state.withLock { state in
            defer { state.shim = nil }
            return state.shim
        }
    }

    /// Resolved by the next exit. Asked for before the container is signalled or started, it can't miss one.
    var nextExit: Promise<ExitOutcome> { state.withLock { $0.nextExit } }

    /// Wakes whoever waits for an exit; later waiters wait for the next one.
    func exit(_ outcome: ExitOutcome) {
        let promise = state.withLock { state in
            defer { state.nextExit = Promise() }
            return state.nextExit
        }
        promise.resolve(outcome)
    }

    var isRemoving: Bool { state.withLock { $0.isRemoving } }

    /// Errors: conflict when somebody is removing it already.
    func beginRemoval() throws(RPCError) {
        let isFirst = state.withLock { state in
            defer { state.isRemoving = true }
            return !state.isRemoving
        }
        guard isFirst else { throw RPCError(.conflict, "removal of container \(id) is already in progress") }
    }

    func abandonRemoval() {
        state.withLock { $0.isRemoving = false }
    }

    /// Resolved when the container is gone, or when an attempt to remove it has failed.
    var removal: Promise<ExitOutcome> { state.withLock { $0.removal } }

    /// As `abandonRemoval`, and tells whoever waits for the container to be gone; later waiters wait for the next attempt.
    func failRemoval(_ outcome: ExitOutcome) {
        let promise = state.withLock { state in
            state.isRemoving = false
            defer { state.removal = Promise() }
            return state.removal
        }
        promise.resolve(outcome)
    }

    /// Holds the gate for what may make the container run.
    func whileStarting<T>(_ body: () async throws -> T) async throws -> T {
        try await gate.enter { try await starts.whileUnderWay(body) }
    }

    var isReviving: Bool { state.withLock { $0.isReviving } }

    func beginRevival() { state.withLock { $0.isReviving = true } }

    /// True when the engine was about to start it, and won't now.
    @discardableResult
    func endRevival() -> Bool {
        state.withLock { state in
            defer { state.isReviving = false }
            return state.isReviving
        }
    }

    /// Has `command` done, of which the shim sends a notice. That notice will be no news: what has happened since may be another.
    func withOwnNotice(_ command: () async throws -> Void) async throws {
        state.withLock { $0.ownNotices += 1 }
        do {
            try await command()
        } catch {
            _ = takeOwnNotice()
            throw error
        }
    }

    /// True when the notice that has come is of this gateway's doing.
    func takeOwnNotice() -> Bool {
        state.withLock { state in
            guard state.ownNotices > 0 else { return false }
            state.ownNotices -= 1
            return true
        }
    }

    /// A broken connection may have lost them.
    func forgetOwnNotices() {
        state.withLock { $0.ownNotices = 0 }
    }

    var forcedEnd: EndRequest? {
        get { state.withLock { $0.forcedEnd } }
        set { state.withLock { $0.forcedEnd = newValue } }
    }

    var isRestarting: Bool { state.withLock { $0.restarts > 0 } }

    func beginRestart() { state.withLock { $0.restarts += 1 } }
    func endRestart() { state.withLock { $0.restarts -= 1 } }
}

/// The live side of every container, made when first asked for.
final class LiveContainers: Sendable {
    private let containers = Mutex<[String: LiveContainer]>([:])
    private let keep: @Sendable (String, [Span]) -> Void

    /// - Parameter keep: Keeps a container's spans for after the gateway's end.
    init(keep: @escaping @Sendable (String, [Span]) -> Void) { self.keep = keep }

    subscript(id: String) -> LiveContainer {
        containers.withLock { containers in
            if let live = containers[id] { return live }
            let live = LiveContainer(id: id, spans: SpanLog { [keep] in keep(id, $0) })
            containers[id] = live
            return live
        }
    }

    /// Whether anything was ever asked of it, a create under way included.
    func contains(_ id: String) -> Bool {
        containers.withLock { $0[id] != nil }
    }

    /// The connections to shims that there are, by container ID.
    var shims: [String: any ShimConnection] { containers.withLock { $0.compactMapValues(\.shim) } }

    func remove(_ id: String) {
        containers.withLock { $0[id] = nil }
    }
}
