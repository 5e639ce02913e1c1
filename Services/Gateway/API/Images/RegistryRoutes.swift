// Images and registries: pull.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct RegistryRoutes: Sendable {
    let backend: any ImageBackend

    /// `image` may have a tag or digest itself; the parameter `tag`, a tag or a digest, wins.
    func pull(_ image: String, _ request: EngineRequest) async throws -> Response {
        let wanted = ImagePullRequest(
            reference: try Self.reference(image, tag: request.query.text("tag")), platform: request.query.text("platform"),
            credentials: request.registryLogin)
        return try await .progress(try await backend.pullImage(wanted, context: request.context))
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
