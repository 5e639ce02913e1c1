// Volumes: there can be none yet, which is what the list says.
import HummingbirdCore

struct VolumeRoutes: Sendable {
    /// The keys that the list accepts.
    static let filterKeys: Set<String> = ["dangling", "driver", "label", "name"]

    private struct List: Encodable {
        let volumes: [String] = []
        let warnings: [String] = []

        enum CodingKeys: String, CodingKey { case volumes = "Volumes", warnings = "Warnings" }
    }

    var routes: [Route] { [.get("/volumes", list)] }

    @Sendable private func list(_ request: EngineRequest) async throws -> Response {
        _ = try request.query.filters(accepting: Self.filterKeys)
        return .json(List())
    }
}
