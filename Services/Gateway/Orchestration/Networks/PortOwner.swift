// Says who has a host port that a container can't get.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Runs a call that may take host ports; a conflict names the container or program that has the port.
    nonisolated(nonsending) func namingPortOwners<T>(_ context: RPCContext, _ call: () async throws -> T) async throws -> T {
        do {
            return try await call()
        } catch let error as RPCError where error.code == .conflict {
            guard let owner = portOwner(error, CallScope(context.scope)) else { throw error }
            throw RPCError(error.code, "\(error.message) by \(owner)", details: error.details)
        }
    }

    /// Of a container that doesn't exist for the client, no more than that it is one.
    private func portOwner(_ error: RPCError, _ scope: CallScope) -> String? {
        if let id = error.details["container"] {
            guard let record = store[id] else { return "container \(id.prefix(12))" }
            let isVisible = scope.labels.allSatisfy { record.config.labels?[$0.key] == $0.value }
            return isVisible ? "container \(record.name)" : "another container"
        }
        return error.details["program"].flatMap { $0 == "unknown" ? nil : $0 }
    }
}
