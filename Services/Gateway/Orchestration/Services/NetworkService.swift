// What the sequences need of the network service.
import Contracts
import RPC

/// The network service, as the sequences see it.
protocol NetworkService: Sendable {
    func list(_ context: RPCContext) async throws -> [NetworkRecord]
    func createSandbox(_ request: CreateSandbox.Request, _ context: RPCContext) async throws -> SandboxRecord
    func removeSandbox(container: String, keepsFiles: Bool, _ context: RPCContext) async throws
    func listSandboxes(_ context: RPCContext) async throws -> [SandboxRecord]
}
