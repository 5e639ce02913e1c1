// The network service over RPC.
import Contracts
import RPC
import RPCNIO

/// Calls the network service on its socket.
struct RemoteNetworkService: NetworkService {
    let client: RPCClient

    func list(_ context: RPCContext) async throws -> [NetworkRecord] {
        try await call(ListNetworks.self, RPCNothing(), context).networks
    }

    func createSandbox(_ request: CreateSandbox.Request, _ context: RPCContext) async throws -> SandboxRecord {
        try await call(CreateSandbox.self, request, context)
    }

    func publishPorts(_ ports: [PortBinding], container: String, _ context: RPCContext) async throws -> SandboxRecord {
        try await call(PublishPorts.self, .init(containerID: container, ports: ports), context)
    }

    func removeSandbox(container: String, keepsFiles: Bool, _ context: RPCContext) async throws {
        _ = try await call(RemoveSandbox.self, .init(containerID: container, keepsFiles: keepsFiles), context)
    }

    func create(_ request: CreateNetwork.Request, _ context: RPCContext) async throws -> CreateNetwork.Response {
        try await call(CreateNetwork.self, request, context)
    }

    func remove(network id: String, _ context: RPCContext) async throws {
        _ = try await call(RemoveNetwork.self, .init(id: id), context)
    }

    func connectEndpoint(_ request: ConnectEndpoint.Request, _ context: RPCContext) async throws -> SandboxRecord {
        try await call(ConnectEndpoint.self, request, context)
    }

    func disconnectEndpoint(container: String, network: String, _ context: RPCContext) async throws -> SandboxRecord? {
        try await call(DisconnectEndpoint.self, .init(containerID: container, network: network), context).sandbox
    }

    func renameSandbox(container: String, to name: String, _ context: RPCContext) async throws -> SandboxRecord? {
        try await call(RenameSandbox.self, .init(containerID: container, containerName: name), context).sandbox
    }

    func relinkSandbox(container: String, to links: [SandboxLink], _ context: RPCContext) async throws {
        _ = try await call(RelinkSandbox.self, .init(containerID: container, links: links), context)
    }

    func listSandboxes(_ context: RPCContext) async throws -> [SandboxRecord] {
        try await call(ListSandboxes.self, RPCNothing(), context).sandboxes
    }

    func watch(_ handler: @Sendable (NetworkNotice) async -> Void) async throws {
        let stream = try await client.stream(WatchNetworks.self, RPCNothing())
        defer { stream.cancel() }
        for try await notice in stream.outbound { await handler(notice) }
        _ = try await stream.response()
    }

    private func call<M: RPCMethod>(_ method: M.Type, _ request: M.Request, _ context: RPCContext) async throws -> M.Response {
        try await ServiceFailure.named(.network) { try await client.call(method, request, context: context) }
    }
}
