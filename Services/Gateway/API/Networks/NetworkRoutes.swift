// Networks: list, inspect, create, remove, connect, disconnect, prune.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct NetworkRoutes: Sendable {
    let backend: any NetworkBackend

    var routes: [Route] {
        [
            .get("/networks", list),
            .get("/networks/", list),
            .get("/networks/{name}", inspect),
            .post("/networks/create", create),
            .post("/networks/prune", prune),
            .post("/networks/{name}/connect", connect),
            .post("/networks/{name}/disconnect", disconnect),
            .delete("/networks/{name}", remove),
        ]
    }

    @Sendable private func list(_ request: EngineRequest) async throws -> Response {
        let filters = try request.query.filters(accepting: networkFilterKeys)
        return .json(try await backend.listNetworks(filters: filters, context: request.context))
    }

    /// Every network here is of this host alone.
    @Sendable private func inspect(_ request: EngineRequest) async throws -> Response {
        let name = try request.parameter("name")
        guard ["", "local"].contains(request.query.text("scope") ?? "") else {
            throw RPCError(.notFound, "network \(name) not found")
        }
        var network = try await backend.inspectNetwork(name, context: request.context)
        if request.version < APIVersionGate.noLegacyNetworkSettings { network.status = nil }
        return .json(network)
    }

    @Sendable private func create(_ request: EngineRequest) async throws -> Response {
        var body = try await request.json(NetworkCreateRequest.self)
        // The field came with 1.48; before, every network has IPv4.
        if request.version < APIVersionGate.imageMounts { body.enableIPv4 = nil }
        guard body.driver != "overlay" else { throw RPCError(.unavailable, SwarmRoutes.notManager) }
        return .json(try await backend.createNetwork(body, context: request.context), status: .created)
    }

    @Sendable private func remove(_ request: EngineRequest) async throws -> Response {
        try await backend.removeNetwork(request.parameter("name"), context: request.context)
        return .empty(.noContent)
    }

    /// The answer has no body: what the client should know is in headers.
    @Sendable private func connect(_ request: EngineRequest) async throws -> Response {
        var body = try await request.json(NetworkConnectRequest.self)
        guard !body.container.isEmpty else { throw RPCError(.invalidParameter, "invalid name or ID supplied: \"\"") }
        if request.version < APIVersionGate.imageMounts { body.endpointConfig?.gwPriority = 0 }
        let warnings = try await backend.connectNetwork(request.parameter("name"), body, context: request.context)
        return .empty(.ok).warning(of: warnings)
    }

    @Sendable private func disconnect(_ request: EngineRequest) async throws -> Response {
        let body = try await request.json(NetworkDisconnectRequest.self)
        guard !body.container.isEmpty else { throw RPCError(.invalidParameter, "invalid name or ID supplied: \"\"") }
        try await backend.disconnectNetwork(request.parameter("name"), body, context: request.context)
        return .empty(.ok)
    }

    @Sendable private func prune(_ request: EngineRequest) async throws -> Response {
        let filters = try request.query.filters(accepting: networkPruneFilterKeys)
        return .json(try await backend.pruneNetworks(filters: filters, context: request.context))
    }
}
