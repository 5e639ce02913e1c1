// The shim: one process that looks after one container.
import CLinux
import ContainerLog
import Contracts
import Glibc
import Linux
import RPC
import RPCEpoll

/// Ties the container's life cycle to its processes, its output and its callers. Everything happens on one thread, in one loop.
///
/// It begins with one connection and no container. It ends by itself when nobody can miss it: when its connections close before
/// the container was started, and when the container was released.
public final class Shim {
    let loop: EventLoop
    let server: RPCEventServer
    let host: RuntimeHost
    /// The run directory of the only engine this shim works for; nil for any.
    let run: String?

    var lifecycle = ContainerLifecycle.fresh
    /// What `AdoptContainer` brought; nil as long as the shim is fresh.
    var container: AdoptedContainer?
    var runtime: ContainerRuntime?
    var outOfMemoryKills = 0
    var execs = ExecTable()
    /// Execs that run, by pid.
    var execSessions: [Int32: ExecSession] = [:]
    /// Execs that have ended and whose output is still on its way, by ID.
    var endedSessions: [String: ExecSession] = [:]
    var watchers: [RPCEventStream<WatchShim>] = []
    var history = NoticeHistory()
    /// nil until the container is started.
    var supervision: Supervision?
    var healthTimer: EventLoop.Timer?
    var healthCheck: HealthCheck?
    /// When the last check began, in nanoseconds of the monotonic clock.
    var checkBegunAt: UInt64 = 0
    /// The checkpoint that is being made.
    var checkpointing: CheckpointJob?
    /// The checkpoint that the container is being made from.
    var restoring: RestoreJob?
    /// Clients' own connections that are on their way out.
    let lingering: LingeringSockets
    /// Checks that nobody waits for any more, until they are reaped.
    var abandonedProbes: [Int32: HealthProbe] = [:]

    /// Writes an exit record to a disk that may not answer.
    var recordWriter: ExitRecordProcess?

    private var signals: Int32 = -1
    private var isEnding = false
    /// Whether the host goes down, and the container with it.
    var isGoingDown = false
    /// Whether the shim gave up before its loop ran.
    private var isOver = false

    /// Serves one accepted connection; takes the descriptor.
    /// - Parameters:
    ///   - run: the run directory of the only engine whose containers it accepts; nil for any.
    ///   - notesCalls: whether each call gets a line in the log.
    public init(
        connection: Int32, host: RuntimeHost, run: String? = nil, servedUIDs: Set<UInt32> = [], notesCalls: Bool = false
    ) throws {
        loop = try EventLoop()
        lingering = LingeringSockets(loop: loop)
        self.host = host
        self.run = run
        server = RPCEventServer(service: "shim", version: ShimVersion.current, loop: loop, servedUIDs: servedUIDs)
        server.onLog = { ShimLog.note($0) }
        note(calls: notesCalls)
        server.onConnectionCountChange = { [unowned self] count in
            if count == 0, lifecycle.endsWithItsConnections { giveUp() }
        }
        registerMethods()
        try server.adopt(connection: connection)
    }

    deinit { if signals >= 0 { close(signals) } }

    func note(calls: Bool) { server.onCall = calls ? { ShimLog.note("call trace=\($1) method=\($0)") } : nil }

    /// Returns when the shim has nothing left to do.
    public func serve() throws {
        signals = try Self.openSignals()
        try loop.add(signals, .readable) { [unowned self] _ in takeSignals() }
        defer {
            server.onConnectionCountChange = nil
            server.close()
        }
        guard !isOver else { return }
        try loop.run()
    }

    /// SIGPIPE is blocked rather than ignored: a blocked signal can't reach the container's processes through exec.
    private static func openSignals() throws(RPCError) -> Int32 {
        let handled = [SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGPWR]
        let descriptor = clinux_signal_descriptor(handled, Int32(handled.count))
        guard descriptor >= 0 else { throw SystemFailure.error("signalfd", "", code: -descriptor) }
        let result = clinux_set_child_subreaper()
        guard result == 0 else { throw SystemFailure.error("prctl", "PR_SET_CHILD_SUBREAPER", code: -result) }
        return descriptor
    }

    private func takeSignals() {
        while case let signal = clinux_take_signal(signals), signal > 0 {
            switch signal {
            case SIGCHLD: reap()
            case SIGTERM, SIGINT: asked(toEndBy: signal)
            case SIGPWR: goDown()
            default: break
            }
        }
    }

    /// A service manager may stop the shim when no container depends on it.
    private func asked(toEndBy signal: Int32) {
        switch lifecycle {
        case .fresh, .prepared, .exited: giveUp()
        case .starting, .running, .paused, .draining, .restarting: ShimLog.note("signal \(signal) is ignored: the container is running")
        }
    }

    /// Ends without an acknowledgement. What is on disk stays: an exit record is found there by whoever recovers the container.
    func giveUp() {
        tearDown()
        isOver = true
        loop.stop()
    }

    /// Removes what the shim made on the host outside the container's directory.
    func tearDown() {
        suspendHealth()
        giveUpCheckpoint()
        runtime?.removeCgroup()
        if let process = runtime?.process { close(process.pidfd) }
        runtime = nil
        container?.claim.release()
        container?.streams.abandon()
    }

    /// Ends once the callers have their answers, and the clients what is queued for them.
    func endSoon() {
        isEnding = true
        loop.schedule(afterMilliseconds: 0) { [unowned self] in endIfIdle() }
    }

    func endIfIdle() {
        guard isEnding, execSessions.isEmpty, endedSessions.isEmpty else { return }
        letClientsGo()
        let departed = { [unowned self] in lingering.whenAllAreGone(loop.stop) }
        if let streams = container?.streams { streams.whenClientsAreGone(departed) } else { departed() }
    }
}

/// Processes that end.
extension Shim {
    /// Reaps every child there is: the container, its execs, and orphans that came to the subreaper.
    private func reap() {
        var status: Int32 = 0
        while case let pid = clinux_reap(&status), pid > 0 {
            let exit = ExitStatus(waitStatus: status)
            if pid == lifecycle.live?.pid {
                containerEnded(exit)
            } else if let session = execSessions.removeValue(forKey: pid) {
                execEnded(session, exit)
            } else {
                _ =
                    probeEnded(pid, exit) || recordWriter?.ended(pid, exit) == true || checkpointEnded(pid, exit)
                    || restoreEnded(pid, exit)
            }
        }
        dumpIfQuiet()
    }

    /// Tells every watcher; one that doesn't keep up is left behind by its stream.
    func broadcast(_ event: ShimEvent) {
        let notice = history.add(event, at: WallClock.nanoseconds)
        watchers.removeAll { !$0.send(notice) }
    }
}

public enum ShimVersion {
    public static let current = "0.1.0"
}
