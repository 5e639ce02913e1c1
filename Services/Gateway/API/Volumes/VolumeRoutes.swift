// Volumes: list, inspect, create, remove, prune.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct VolumeRoutes: Sendable {
    let backend: any VolumeBackend

    var routes: [Route] {
        [
            .get("/volumes", list),
            .post("/volumes/create", create),
            .post("/volumes/prune", prune),
            .get("/volumes/{name}", inspect),
            .delete("/volumes/{name}", remove),
        ]
    }

    @Sendable private func list(_ request: EngineRequest) async throws -> Response {
        let filters = try request.query.filters(accepting: VolumeFilterKeys.list)
        return .json(VolumeList(volumes: try await backend.listVolumes(filters: filters, context: request.context)))
    }

    @Sendable private func inspect(_ request: EngineRequest) async throws -> Response {
        .json(try await backend.inspectVolume(request.parameter("name"), context: request.context))
    }

    @Sendable private func create(_ request: EngineRequest) async throws -> Response {
        let wanted = try await request.json(VolumeCreateRequest.self)
        guard wanted.clusterVolumeSpec == nil else { throw RPCError(.unavailable, SwarmRoutes.notManager) }
        return .json(try await backend.createVolume(wanted, context: request.context), status: .created)
    }

    @Sendable private func remove(_ request: EngineRequest) async throws -> Response {
        try await backend.removeVolume(request.parameter("name"), force: request.query.flag("force"), context: request.context)
        return .empty(.noContent)
    }

    /// Before 1.42 named volumes were pruned too.
    @Sendable private func prune(_ request: EngineRequest) async throws -> Response {
        var filters = try request.query.filters(accepting: VolumeFilterKeys.prune)
        if request.version < APIVersionGate.multiplexedStreams { filters = Filters(filters.fields.merging(["all": ["true"]]) { $1 }) }
        return .json(try await backend.pruneVolumes(filters: filters, context: request.context))
    }
}
