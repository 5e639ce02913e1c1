// The host goes down: the container is stopped as its stop rule says, and the shim ends. The exit record stays on disk for the next boot.
import Contracts
import Glibc
import Linux
import RPC
import RPCEpoll

extension Shim {
    /// How long those who watch have to hear of the end before the shim leaves.
    private static let farewellMilliseconds: Int64 = 2000

    /// Ends the container for now: whether it runs again after the next boot is its policy's matter.
    func goDown() {
        guard !isGoingDown else { return }
        isGoingDown = true
        supervision?.schedule.end()
        switch lifecycle {
        case .fresh, .prepared, .exited: giveUp()
        // The end follows: of the start, or of what is written.
        case .starting, .draining: break
        case .restarting: if giveUpRestart() { leave() }
        case .running, .paused: stopForShutdown()
        }
    }

    /// Also for one whose start was under way.
    func stopForShutdown() {
        supervision?.schedule.end()
        if supervision?.end == nil { supervision?.end = EndRequest(.shutdown) }
        supervision?.isAskedToEnd = true
        stop { [unowned self] in supervision?.end?.isTimeout = true }
        // A frozen process ends only once it is thawed.
        guard case .paused = lifecycle else { return }
        do { _ = try resume() } catch { ShimLog.note("the paused container can't be thawed for its end: \(error.message)") }
    }

    /// Once the container's end is on disk and told.
    func leave() {
        guard isGoingDown else { return }
        guard server.connectionCount > 0 else { return giveUp() }
        loop.schedule(afterMilliseconds: Self.farewellMilliseconds) { [unowned self] in giveUp() }
    }

    /// Asks the first process to end as the stop rule says; KILL follows, after `willKill`, when it doesn't in time.
    func stop(willKill: @escaping () -> Void = {}) {
        guard let live = lifecycle.live else { return }
        let rule = supervision?.rules.stop ?? StopRule()
        let isFutile = rule.killsUnheeding == true && isDeaf(to: rule.signal, live.pid)
        guard rule.seconds != 0, !isFutile else { return sendKill(live.pid) }
        kill(live.pid, rule.signal)
        guard rule.seconds > 0 else { return }
        if let timer = supervision?.stopTimer { loop.cancel(timer) }
        supervision?.stopTimer = loop.schedule(afterMilliseconds: Int64(rule.seconds) * 1000) { [unowned self] in
            guard let live = lifecycle.live else { return }
            willKill()
            sendKill(live.pid)
        }
    }

    /// The process isn't reaped yet, so its number is still its own.
    func sendKill(_ pid: Int32) { kill(pid, SIGKILL) }
}
