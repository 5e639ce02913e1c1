// Pause and unpause.
import GatewayState
import RPC

extension ContainerEngine {
    /// Errors: conflict when it isn't running, or paused already.
    /// - Parameter forCommit: who paused it resumes it; if the gateway ends before, the next one does.
    func pause(_ live: LiveContainer, forCommit: Bool = false, _ context: RPCContext) async throws {
        try await live.gate.enter {
            let record = try current(live)
            guard !record.state.isRestarting else { throw Self.restarting(record.id) }
            guard record.state.process != nil else { throw Self.notRunning(record.id) }
            guard !record.state.isPaused else { throw RPCError(.conflict, "container \(record.id) is already paused") }
            let shim = try await shim(of: live)
            if forCommit { try await store.updateDurably(live.id) { $0.isPausedForCommit = true } }
            do {
                try await live.withOwnNotice { try await shim.pause(context) }
            } catch {
                if forCommit { store.update(live.id) { $0.isPausedForCommit = nil } }
                throw error
            }
            notePause(live.id)
        }
    }

    /// Errors: conflict when it isn't paused.
    func resume(_ live: LiveContainer, _ context: RPCContext) async throws {
        try await live.gate.enter {
            let record = try current(live)
            guard record.state.isPaused else { throw RPCError(.conflict, "Container \(record.id) is not paused") }
            let shim = try await shim(of: live)
            try await live.withOwnNotice { try await shim.resume(context) }
            noteResume(live.id)
        }
    }

    /// Records a pause, whoever caused it; the second to tell of it tells nothing.
    func notePause(_ id: String) {
        note(id, "pause", unless: \.isPaused) { $0.pause() }
    }

    func noteResume(_ id: String) {
        note(id, "unpause", unless: \.isRunning) { $0.resume() }
    }

    private func note(_ id: String, _ action: String, unless: (RunState) -> Bool, _ change: (inout RunState) -> Void) {
        var changed = false
        let record = store.update(id) { state in
            guard state.process != nil, !unless(state) else { return }
            change(&state)
            changed = true
        }
        if changed, let record { tell(action, record) }
    }
}
