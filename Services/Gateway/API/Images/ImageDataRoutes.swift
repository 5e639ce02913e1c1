// Images taken out, made of containers, looked into and pruned.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ImageDataRoutes: Sendable {
    let backend: any ImageDataBackend
    let images: any ImageBackend

    var routes: [Route] {
        [
            .get("/images/get", saveMany),
            .get("/images/{name...}/get", saveOne),
            .get("/images/{name...}/history", history),
            .post("/images/prune", prune),
            .post("/commit", commit),
        ]
    }

    @Sendable private func history(_ request: EngineRequest) async throws -> Response {
        try await request.checkPlatform(of: request.parameter("name"), since: APIVersionGate.imageMounts, images)
        return .json(try await backend.history(of: request.parameter("name"), context: request.context))
    }

    @Sendable private func saveOne(_ request: EngineRequest) async throws -> Response {
        try await save([request.parameter("name")], request)
    }

    @Sendable private func saveMany(_ request: EngineRequest) async throws -> Response {
        try await save(request.query.all("names"), request)
    }

    private func save(_ names: [String], _ request: EngineRequest) async throws -> Response {
        for name in names { try await request.checkPlatform(of: name, since: APIVersionGate.imageMounts, images) }
        return FileRoutes.stream(try await backend.saveImages(names, context: request.context), MediaType.tar)
    }

    @Sendable private func prune(_ request: EngineRequest) async throws -> Response {
        let filters = try request.query.filters(accepting: ImagePruneFilterKeys.all)
        return .json(try await backend.pruneImages(filters: filters, context: request.context))
    }

    @Sendable private func commit(_ request: EngineRequest) async throws -> Response {
        let config = try await request.optionalJSON(ContainerConfig?.self) ?? nil
        let container = request.query.value("container") ?? ""
        guard !container.isEmpty else { throw RPCError(.invalidParameter, #"invalid name or ID supplied: """#) }
        let reference = request.query.text("repo").map { repository in
            repository + (request.query.text("tag").map { ":" + $0 } ?? "")
        }
        let options = CommitOptions(
            container: container, reference: reference, comment: request.query.value("comment") ?? "",
            author: request.query.value("author") ?? "", pauses: request.query.flag("pause", default: true),
            changes: request.query.all("changes").flatMap { $0.split(separator: "\n").map(String.init) }, config: config)
        let answer = CommitResponse(id: try await backend.commit(options, context: request.context))
        return Response.json(answer, status: .created).warning(of: Self.strangers(config ?? ContainerConfig()))
    }

    /// Fields of a container's configuration that an image doesn't have.
    private static func strangers(_ config: ContainerConfig) -> [String] {
        let fields: [(String, Bool)] = [
            ("Hostname", !config.hostname.isEmpty), ("Domainname", !config.domainname.isEmpty), ("AttachStdin", config.attachStdin),
            ("AttachStdout", config.attachStdout), ("AttachStderr", config.attachStderr), ("Tty", config.tty),
            ("OpenStdin", config.openStdin), ("StdinOnce", config.stdinOnce), ("NetworkDisabled", config.networkDisabled),
            ("StopTimeout", config.stopTimeout != nil),
        ]
        return fields.filter(\.1).map { "\($0.0) is no field of an image. Value discarded." }
    }
}
