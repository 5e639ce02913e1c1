// Wait: the exit code, for whoever asks for it, whenever it comes.
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Registers a waiter now; what happens from here on isn't missed, the container's removal included.
    func wait(_ live: LiveContainer, for condition: WaitCondition) throws(RPCError) -> PendingWait {
        // The promise first, the state second: an exit in between resolves the promise.
        let (exit, removal) = (live.nextExit, live.removal)
        let record = try current(live)
        switch condition {
        case .nextExit:
            return pending { try await exit.value() }
        case .notRunning where !record.state.isActive:
            let outcome = ExitOutcome(exitCode: record.state.exitCode)
            return pending { outcome }
        case .notRunning:
            return pending { try await exit.value() }
        case .removed:
            return pending { try await removal.value() }
        }
    }

    private func pending(_ outcome: @escaping @Sendable () async throws -> ExitOutcome) -> PendingWait {
        PendingWait {
            let outcome = try await outcome()
            return ContainerWaitResponse(
                statusCode: Int64(outcome.exitCode), error: outcome.error.isEmpty ? nil : .init(message: outcome.error))
        }
    }
}
