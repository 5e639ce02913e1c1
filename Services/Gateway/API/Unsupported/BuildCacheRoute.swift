// The cache of builds, which is always empty: clients prune it along with everything else.
import GatewayBackends
import HummingbirdCore

struct BuildCacheRoute: Sendable {
    let backend: any ImageDataBackend

    /// What a prune removed: nothing.
    private struct Pruned: Encodable {
        enum CodingKeys: String, CodingKey { case cachesDeleted = "CachesDeleted", spaceReclaimed = "SpaceReclaimed" }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeNil(forKey: .cachesDeleted)
            try container.encode(0, forKey: .spaceReclaimed)
        }
    }

    /// The keys that the prune accepts.
    private static let filterKeys: Set<String> = [
        "until", "id", "parent", "type", "description", "inuse", "shared", "private",
    ]

    var routes: [Route] { [.post("/build/prune", prune)] }

    @Sendable private func prune(_ request: EngineRequest) async throws -> Response {
        _ = try request.query.filters(accepting: Self.filterKeys)
        await backend.pruneBuildCache()
        return .json(Pruned())
    }
}
