// Images: list, inspect, tag, remove; what carries archives is in ImageArchiveRoutes.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ImageRoutes: Sendable {
    let backend: any ImageBackend

    var routes: [Route] {
        [
            .get("/images/json", list),
            .post("/images/create", ImageArchiveRoutes(backend: backend).create),
            .post("/images/load", ImageArchiveRoutes(backend: backend).load),
            .get("/images/{name...}/json", inspect),
            .post("/images/{name...}/tag", tag),
            .delete("/images/{name...}", remove),
        ]
    }

    @Sendable private func list(_ request: EngineRequest) async throws -> Response {
        let query = ImageListQuery(
            all: request.query.flag("all"), filters: try request.query.filters(accepting: ImageListQuery.filterKeys),
            sharedSize: request.query.flag("shared-size"))
        let images = try await backend.listImages(query, context: request.context)
        return Response.json(images.map { $0.seen(by: request.version) }).warning(of: request.ignoredFlags(["manifests", "identity"]))
    }

    @Sendable private func inspect(_ request: EngineRequest) async throws -> Response {
        try await request.checkPlatform(of: request.parameter("name"), since: APIVersionGate.firewallInfo, backend)
        let image = try await backend.inspectImage(request.parameter("name"), context: request.context)
        return Response.json(image.seen(by: request.version)).warning(of: request.ignoredFlags(["manifests"]))
    }

    @Sendable private func tag(_ request: EngineRequest) async throws -> Response {
        guard let repository = request.query.text("repo") else {
            throw RPCError(.invalidParameter, "repository name must have at least one component")
        }
        let tag = request.query.text("tag").map { ":" + $0 } ?? ""
        try await backend.tagImage(request.parameter("name"), as: repository + tag, context: request.context)
        return .empty(.created)
    }

    @Sendable private func remove(_ request: EngineRequest) async throws -> Response {
        let name = try request.parameter("name")
        guard !name.allSatisfy(\.isWhitespace) else { throw RPCError(.invalidParameter, "image name cannot be blank") }
        try await request.checkPlatform(of: name, key: "platforms", since: APIVersionGate.noBridgeFilterInfo, backend)
        return .json(
            try await backend.removeImage(
                name, force: request.query.flag("force"), noPrune: request.query.flag("noprune"), context: request.context))
    }
}

extension EngineRequest {
    /// What a client should know that asks for what the image store doesn't have.
    func ignoredFlags(_ names: [String]) -> [String] {
        names.filter { query.flag($0) }.map { "\($0) has no effect: every image here is of one platform, by one manifest" }
    }
}

extension ImageInspect {
    /// The image as clients of a version know it.
    func seen(by version: APIVersion) -> ImageInspect {
        var image = self
        if version < APIVersionGate.startInterval { image.virtualSize = size }
        if version < APIVersionGate.volumeSubpath {
            image.container = ""
            image.containerConfig = ContainerConfig()
        }
        guard version < APIVersionGate.noLegacyNetworkSettings else {
            if image.parent?.isEmpty == true { image.parent = nil }
            if image.dockerVersion?.isEmpty == true { image.dockerVersion = nil }
            return image
        }
        var config = image.config ?? ImageRunConfig()
        config.legacyFields = version < APIVersionGate.noBridgeFilterInfo ? .container : .empty
        image.config = config
        return image
    }
}

extension ImageSummary {
    /// The image as clients of a version know it.
    func seen(by version: APIVersion) -> ImageSummary {
        var image = self
        if version < APIVersionGate.startInterval { image.virtualSize = size }
        if version < APIVersionGate.imageContainerCount { image.containers = -1 }
        if version < APIVersionGate.annotations, repoTags.isEmpty, repoDigests.isEmpty {
            image.repoTags = ["<none>:<none>"]
            image.repoDigests = ["<none>@<none>"]
        }
        return image
    }
}
