// Networks: list and inspect.
import GatewayBackends
import HummingbirdCore
import Models

struct NetworkRoutes: Sendable {
    let backend: any NetworkBackend

    var routes: [Route] {
        [.get("/networks", list), .get("/networks/{name}", inspect)]
    }

    @Sendable private func list(_ request: EngineRequest) async throws -> Response {
        let filters = try request.query.filters(accepting: networkFilterKeys)
        return .json(try await backend.listNetworks(filters: filters, context: request.context))
    }

    @Sendable private func inspect(_ request: EngineRequest) async throws -> Response {
        .json(try await backend.inspectNetwork(request.parameter("name"), context: request.context))
    }
}
