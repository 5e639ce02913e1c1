// What the sequences need of the network service.
import Contracts
import RPC

/// The network service, as the sequences see it.
protocol NetworkService: Sendable {
    func list(_ context: RPCContext) async throws -> [NetworkRecord]
    func createSandbox(_ request: CreateSandbox.Request, _ context: RPCContext) async throws -> SandboxRecord
    /// In place of those it has.
    func publishPorts(_ ports: [PortBinding], container: String, _ context: RPCContext) async throws -> SandboxRecord
    func removeSandbox(container: String, keepsFiles: Bool, _ context: RPCContext) async throws
    func create(_ request: CreateNetwork.Request, _ context: RPCContext) async throws -> CreateNetwork.Response
    func remove(network id: String, _ context: RPCContext) async throws
    func connectEndpoint(_ request: ConnectEndpoint.Request, _ context: RPCContext) async throws -> SandboxRecord
    /// Nil when the container has no sandbox.
    func disconnectEndpoint(container: String, network: String, _ context: RPCContext) async throws -> SandboxRecord?
    /// Nil when the container has no sandbox.
    func renameSandbox(container: String, to name: String, _ context: RPCContext) async throws -> SandboxRecord?
    /// Does nothing when the container has no sandbox.
    func relinkSandbox(container: String, to links: [SandboxLink], _ context: RPCContext) async throws
    func listSandboxes(_ context: RPCContext) async throws -> [SandboxRecord]
    /// Goes on until the task is cancelled or the service ends.
    func watch(_ handler: @Sendable (NetworkNotice) async -> Void) async throws
}
