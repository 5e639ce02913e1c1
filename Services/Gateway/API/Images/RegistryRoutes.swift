// Images and registries: pull, push, login, and a look without pulling.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct RegistryRoutes: Sendable {
    let backend: any ImageBackend

    var routes: [Route] {
        [
            .post("/images/{name...}/push", push),
            .get("/images/search", search),
            .post("/auth", logIn),
            .get("/distribution/{name...}/json", inspect),
        ]
    }

    /// Without a tag, all tags go.
    @Sendable private func push(_ request: EngineRequest) async throws -> Response {
        try await request.checkPlatform(
            of: request.parameter("name"), tag: request.query.text("tag"), since: APIVersionGate.listAnnotations, backend)
        let reference = try Self.reference(request.parameter("name"), tag: request.query.text("tag"))
        return try await .progress(
            try await backend.pushImage(reference, credentials: request.registryLogin, context: request.context), to: request)
    }

    @Sendable private func search(_ request: EngineRequest) async throws -> Response {
        let query = ImageSearchQuery(
            term: request.query.value("term") ?? "", limit: try request.query.integer("limit") ?? 25,
            filters: try request.query.filters(accepting: ImageSearchQuery.filterKeys))
        return .json(try await backend.searchImages(query, credentials: request.registryLogin, context: request.context))
    }

    @Sendable private func logIn(_ request: EngineRequest) async throws -> Response {
        let token = try await backend.logIn(try await request.json(RegistryLogin.self), context: request.context)
        return .json(LoginAnswer(identityToken: token, status: "Login Succeeded"))
    }

    @Sendable private func inspect(_ request: EngineRequest) async throws -> Response {
        let reference = try Self.reference(request.parameter("name"), tag: nil)
        return .json(try await backend.inspectDistribution(reference, credentials: request.registryLogin, context: request.context))
    }

    /// `image` may have a tag or digest itself; the parameter `tag`, a tag or a digest, wins.
    func pull(_ image: String, _ request: EngineRequest) async throws -> Response {
        let wanted = ImagePullRequest(
            reference: try Self.reference(image, tag: request.query.text("tag")), platform: try request.platformSpecifier(),
            credentials: request.registryLogin)
        return try await .progress(try await backend.pullImage(wanted, context: request.context), to: request)
    }

    static func reference(_ image: String, tag: String?) throws -> String {
        do {
            var reference = try ImageReference(parsing: image.hasSuffix(":") ? String(image.dropLast()) : image)
            guard let tag else { return reference.canonical }
            if let digest = ContentDigest(tag) {
                reference.tag = nil
                reference.digest = digest
            } else {
                guard ImageReference.isTag(tag) else { throw RPCError(.invalidParameter, "invalid tag format") }
                reference.tag = tag
            }
            return reference.canonical
        } catch let error as ImageReferenceError {
            throw RPCError(.invalidParameter, error.description)
        }
    }
}
