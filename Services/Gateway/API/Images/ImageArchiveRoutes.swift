// Import and load: an archive comes in, progress goes out.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ImageArchiveRoutes: Sendable {
    let backend: any ImageBackend

    /// Pull and import share a route: what is asked for is told by `fromImage` and `fromSrc`.
    @Sendable func create(_ request: EngineRequest) async throws -> Response {
        if let image = request.query.text("fromImage") { return try await RegistryRoutes(backend: backend).pull(image, request) }
        guard let source = request.query.text("fromSrc") else {
            throw RPCError(.invalidParameter, "fromImage or fromSrc is needed")
        }
        let importing = ImageImportRequest(
            reference: Self.reference(request.query), message: request.query.value("message") ?? "",
            changes: request.query.all("changes"), platform: request.query.text("platform"),
            source: source == "-" ? nil : source)
        let progress = try await backend.importImage(importing, from: Upload(body: request.http.body), context: request.context)
        return try await .progress(progress, to: request)
    }

    @Sendable func load(_ request: EngineRequest) async throws -> Response {
        let progress = try await backend.loadImages(
            quiet: request.query.flag("quiet", default: true),
            platform: try request.platforms(since: APIVersionGate.imageMounts).first?.description,
            from: Upload(body: request.http.body), context: request.context)
        return try await .progressOfLoad(progress, to: request)
    }

    private static func reference(_ query: QueryParameters) -> String? {
        guard let repository = query.text("repo") else { return nil }
        return repository + (query.text("tag").map { ":" + $0 } ?? "")
    }
}
