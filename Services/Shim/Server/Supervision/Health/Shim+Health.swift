// When a container's health is checked, and what is done about it.
import Contracts
import Glibc
import Linux

extension Shim {
    /// With each start of the container.
    func beginHealth(at time: Int64) {
        guard supervision?.health != nil else { return }
        supervision?.health?.begin(at: time)
        if let report = supervision?.health?.report { broadcast(.health(report)) }
        scheduleProbe()
    }

    /// At the container's end, and while it is paused.
    func suspendHealth() {
        if let healthTimer { loop.cancel(healthTimer) }
        healthTimer = nil
        guard let running = probe else { return }
        running.cancel()
        abandonedProbes[running.pid] = running
        probe = nil
    }

    func scheduleProbe() {
        guard let health = supervision?.health, healthTimer == nil, probe == nil else { return }
        let delay = health.interval(at: WallClock.nanoseconds) / 1_000_000
        healthTimer = loop.schedule(afterMilliseconds: max(1, delay)) { [unowned self] in
            healthTimer = nil
            startProbe()
        }
    }

    private func startProbe() {
        guard let spec = supervision?.health?.spec, let runtime, case .running = lifecycle else { return }
        let begin = WallClock.nanoseconds
        do throws(RuntimeFailure) {
            probe = try HealthProbe(spec, in: runtime, loop: loop) { [unowned self] in take($0) }
        } catch {
            take(HealthResult(start: begin, end: WallClock.nanoseconds, exitCode: -1, output: error.message))
        }
    }

    /// True when the process was a check.
    func probeEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        if abandonedProbes.removeValue(forKey: pid) != nil { return true }
        guard let ended = probe, ended.pid == pid else { return false }
        probe = nil
        ended.ended(status)
        return true
    }

    private func take(_ result: HealthResult) {
        // The container may have ended at the same time, and its checks with it.
        guard case .running = lifecycle, let changed = supervision?.health?.add(result), let health = supervision?.health else { return }
        let report = health.report
        broadcast(.healthChecked(HealthNotice(status: report.status, failingStreak: report.failingStreak, result: result)))
        scheduleProbe()
        guard changed else { return }
        broadcast(.healthChanged(report.status))
        if report.status == .unhealthy { act(health.spec.onUnhealthy) }
    }

    private func act(_ action: HealthSpec.Action) {
        guard action != .none, let live = lifecycle.live, supervision?.end == nil else { return }
        supervision?.endsUnhealthy = true
        switch action {
        case .none: return
        case .kill: return sendKill(live.pid)
        case .restart: supervision?.schedule.force()
        case .stop: supervision?.schedule.end()
        }
        stop()
    }
}
