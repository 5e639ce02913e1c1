// What the gateway makes of each thing that a shim tells.
import Contracts
import GatewayState

/// Each notice is taken once, whatever is told again after a broken connection or a restart of the gateway.
struct ShimNotices: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer

    func handle(_ notice: ShimNotice) async {
        switch notice.event {
        case .started(let process): began(process, notice)
        case .paused: if !live.takeOwnNotice() { engine.notePause(live.id) }
        case .resumed: if !live.takeOwnNotice() { engine.noteResume(live.id) }
        case .outOfMemory: ranOutOfMemory(notice)
        case .execStarted: break
        case .execExited(let id, let code): engine.noteExecExit(id, exitCode: code)
        case .restarting(let restart):
            await live.signals.settle(within: LiveContainer.patience)
            willRestart(restart, notice)
        case .exited(let record): await ExitSequence(engine: engine, live: live).run(record)
        case .healthChecked(let check): checked(check)
        case .healthChanged(let status): healthChanged(status, notice)
        case .health(let report): engine.store.note(live.id) { if $0.health != nil { $0.health = report } }
        case .logFailing(let lines): logChanged("log-drop", lines, notice)
        case .logResumed(let lines): logChanged("log-resume", lines, notice)
        case .unknown: _ = take(notice) { _ in false }
        }
    }

    /// Changes the state, unless the notice is in it already. Nil when nothing was changed.
    private func take(_ notice: ShimNotice, _ change: (inout RunState) -> Bool) -> ContainerRecord? {
        var isNew = false
        let record = engine.store.update(live.id) { state in
            guard notice.sequence > state.shimNotice ?? 0 else { return }
            state.shimNotice = notice.sequence
            isNew = change(&state)
        }
        return isNew ? record : nil
    }

    /// The start sequence has already published the first `start` event.
    private func began(_ process: RunningContainer, _ notice: ShimNotice) {
        let record = take(notice) { state in
            guard state.isActive, state.process?.startedAt != process.startedAt else { return false }
            state.begin(process)
            return true
        }
        guard let record else { return }
        engine.tell("start", record)
        engine.tellDependents(of: live.id)
    }

    /// Not gated: whoever stops it meanwhile waits for the shim, which knows what came first.
    private func willRestart(_ restart: RestartNotice, _ notice: ShimNotice) {
        let wasToldOfMemory = engine.store[live.id]?.state.outOfMemory ?? false
        let record = take(notice) { state in
            guard state.process != nil else { return false }
            state.restart(after: restart)
            return true
        }
        guard let record else { return }
        engine.tellEnd(record, restart.exit, wasToldOfMemory: wasToldOfMemory)
        engine.endExecs(of: live.id)
        live.exit(ExitOutcome(exitCode: restart.exit.exitCode))
    }

    private func ranOutOfMemory(_ notice: ShimNotice) {
        let record = take(notice) { state in
            state.runOutOfMemory()
            return true
        }
        if let record { engine.tell("oom", record) }
    }

    private func checked(_ check: HealthNotice) {
        for result in check.results { engine.actions.countCheck(failed: result.exitCode != 0, preparation: result.preparation) }
        engine.store.note(live.id) { state in
            // Whoever has asked the shim meanwhile may know some.
            for result in check.results where state.health?.results.contains(result) == false { state.health?.add(result) }
            state.health?.failingStreak = check.failingStreak
            state.health?.status = check.status
        }
    }

    private func healthChanged(_ status: HealthStatus, _ notice: ShimNotice) {
        let record = take(notice) { state in
            state.health?.status = status
            return true
        }
        if let record { engine.tell("health_status: \(status.rawValue)", record) }
    }

    private func logChanged(_ action: String, _ lines: UInt64, _ notice: ShimNotice) {
        if let record = take(notice, { _ in true }) { engine.tell(action, record, ["droppedLines": "\(lines)"]) }
    }
}
