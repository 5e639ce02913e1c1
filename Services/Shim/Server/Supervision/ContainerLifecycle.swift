// Where a shim and its container stand, and which steps are allowed from there. Pure: no process is touched here.
import Contracts
import RPC

/// The states of a shim, each with what exists only then.
enum ContainerLifecycle: Equatable {
    /// Has no container yet.
    case fresh
    /// Has a container that was never started, or whose start failed.
    case prepared
    /// The container's process is being made.
    case starting
    case running(RunningContainer)
    case paused(RunningContainer)
    /// The first process has ended; its last output is being read.
    case draining(RunningContainer, ExitStatus)
    /// The exit record is written, and the container will be started again.
    case restarting(RestartNotice)
    /// The exit record is written and waits for its acknowledgement.
    case exited(ExitRecord)
}

/// Transitions. A step that isn't allowed throws the error that its caller gets, and changes nothing.
extension ContainerLifecycle {
    mutating func adopt() throws(RPCError) {
        guard self == .fresh else { throw RPCError(.conflict, "This shim has a container already.") }
        self = .prepared
    }

    mutating func beginStart(_ id: String) throws(RPCError) {
        switch self {
        case .prepared: self = .starting
        case .fresh: throw Self.noContainer
        case .exited: throw RPCError(.conflict, "container \(id) has exited; a new shim starts it again")
        case .starting, .running, .paused, .draining, .restarting:
            throw RPCError(.conflict, "container \(id) is already running")
        }
    }

    mutating func willRestart(_ notice: RestartNotice) {
        if case .draining = self { self = .restarting(notice) }
    }

    /// False when no restart is due.
    mutating func beginRestart() -> Bool {
        guard case .restarting = self else { return false }
        self = .starting
        return true
    }

    mutating func started(_ container: RunningContainer) {
        if self == .starting { self = .running(container) }
    }

    mutating func startFailed() {
        if self == .starting { self = .prepared }
    }

    mutating func pause(_ id: String) throws(RPCError) {
        if case .paused = self { throw RPCError(.conflict, "container \(id) is already paused") }
        guard case .running(let container) = self else { throw notRunning(id) }
        self = .paused(container)
    }

    mutating func resume(_ id: String) throws(RPCError) {
        guard case .paused(let container) = self else { throw RPCError(.conflict, "container \(id) is not paused") }
        self = .running(container)
    }

    /// The first process has ended. Returns when it was started; nil when it is none of ours.
    mutating func processEnded(_ status: ExitStatus) -> RunningContainer? {
        guard let container = live else { return nil }
        self = .draining(container, status)
        return container
    }

    mutating func recorded(_ record: ExitRecord) {
        switch self {
        // From a start only when it was a restart, and failed.
        case .draining, .restarting, .starting: self = .exited(record)
        case .fresh, .prepared, .running, .paused, .exited: break
        }
    }

    /// Whether the shim may let go of its container.
    func checkRelease(_ id: String) throws(RPCError) {
        switch self {
        case .prepared, .exited: return
        case .fresh: throw Self.noContainer
        case .starting, .running, .paused, .draining, .restarting:
            throw RPCError(.conflict, "container \(id) is running: stop it before its shim is released")
        }
    }
}

/// Questions.
extension ContainerLifecycle {
    /// The container while its first process lives.
    var live: RunningContainer? {
        switch self {
        case .running(let container), .paused(let container): container
        case .fresh, .prepared, .starting, .draining, .restarting, .exited: nil
        }
    }

    func requireLive(_ id: String) throws(RPCError) -> RunningContainer {
        guard let live else { throw notRunning(id) }
        return live
    }

    /// For an exec: a frozen container can't run one.
    func requireUnpaused(_ id: String) throws(RPCError) {
        if case .paused = self { throw RPCError(.conflict, "Container \(id) is paused, unpause the container before exec") }
        _ = try requireLive(id)
    }

    /// What `InspectShim` says; throws for a shim without a container.
    func phase() throws(RPCError) -> ShimPhase {
        switch self {
        case .fresh: throw Self.noContainer
        case .prepared, .starting: .prepared
        case .running(let container), .draining(let container, _): .running(container)
        case .paused(let container): .paused(container)
        case .restarting(let notice): .restarting(notice.exit)
        case .exited(let record): .exited(record)
        }
    }

    /// The first item of a watch.
    var summary: [ShimEvent] {
        switch self {
        case .fresh, .prepared, .starting: []
        case .running(let container), .draining(let container, _): [.started(container)]
        case .paused: [.paused]
        case .restarting(let notice): [.restarting(notice)]
        case .exited(let record): [.exited(record)]
        }
    }

    /// Nobody will miss the shim once its last connection is gone.
    var endsWithItsConnections: Bool { self == .fresh || self == .prepared }

    private func notRunning(_ id: String) -> RPCError {
        self == .fresh ? Self.noContainer : RPCError(.conflict, "container \(id) is not running")
    }

    static var noContainer: RPCError { RPCError(.conflict, "This shim has no container yet.") }
}
