// When a container's health is checked, and what is done about it.
import Contracts
import Glibc
import Linux

extension Shim {
    /// With each start of the container.
    func beginHealth() {
        guard supervision?.health != nil else { return }
        supervision?.health?.begin(at: loop.now)
        if let report = supervision?.health?.report { broadcast(.health(report)) }
        scheduleProbe()
    }

    /// At the container's end, and while it is paused.
    func suspendHealth() {
        if let healthTimer { loop.cancel(healthTimer) }
        healthTimer = nil
        if let notice = supervision?.health?.takeKept() { broadcast(.healthChecked(notice)) }
        if case .process(let running) = healthCheck {
            running.cancel()
            abandonedProbes[running.pid] = running
        }
        healthCheck = nil
    }

    func scheduleProbe() {
        guard let health = supervision?.health, healthTimer == nil, healthCheck == nil else { return }
        let delay = health.interval(at: loop.now) / 1_000_000
        healthTimer = loop.schedule(afterMilliseconds: max(1, delay)) { [unowned self] in
            healthTimer = nil
            startCheck()
        }
    }

    private func startCheck() {
        guard let spec = supervision?.health?.spec, let runtime, case .running = lifecycle else { return }
        let begin = WallClock.nanoseconds
        checkBegunAt = loop.now
        do throws(RuntimeFailure) {
            if let dial = spec.dial {
                try startDial(dial, timeout: spec.timeout, in: runtime)
            } else if let process = spec.process {
                healthCheck = .process(
                    try HealthProbe(process, privileged: spec.privileged, timeout: spec.timeout, in: runtime, loop: loop) {
                        [unowned self] in take($0)
                    })
            }
        } catch {
            take(HealthResult(start: begin, end: WallClock.nanoseconds, exitCode: -1, output: error.message))
        }
    }

    private func startDial(_ spec: DialSpec, timeout: Int64, in runtime: ContainerRuntime) throws(RuntimeFailure) {
        let dial = try HealthDial(spec, in: runtime.process.pidfd, loop: loop) { [unowned self] in
            healthCheck = nil
            take($0)
        }
        healthCheck = .dial(dial)
        dial.begin(timeout: timeout)
    }

    /// True when the process was a check.
    func probeEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        if abandonedProbes.removeValue(forKey: pid) != nil { return true }
        guard case .process(let ended) = healthCheck, ended.pid == pid else { return false }
        healthCheck = nil
        ended.ended(status)
        return true
    }

    private func take(_ result: HealthResult) {
        // The container may have ended at the same time, and its checks with it.
        guard case .running = lifecycle,
            let changed = supervision?.health?.add(result, begunAt: checkBegunAt),
            let health = supervision?.health
        else { return }
        let report = health.report
        if let notice = supervision?.health?.notice(of: result, changed: changed) { broadcast(.healthChecked(notice)) }
        scheduleProbe()
        guard changed else { return }
        broadcast(.healthChanged(report.status))
        if report.status == .unhealthy { act(health.spec.onUnhealthy) }
    }

    private func act(_ action: HealthSpec.Action) {
        guard action != .none, let live = lifecycle.live, supervision?.isAskedToEnd != true else { return }
        supervision?.endsUnhealthy = true
        switch action {
        case .none: return
        case .kill: return sendKill(live.pid)
        case .restart: supervision?.schedule.force()
        case .stop: supervision?.schedule.end()
        }
        // Nobody asked for its ten seconds, and they would pass for nothing.
        guard !isDeaf(to: supervision?.rules.stop.signal ?? SIGTERM, live.pid) else { return sendKill(live.pid) }
        stop()
    }
}
