// Containers: the route table, and the routes that are one call each.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ContainerRoutes: Sendable {
    let backend: any ContainerBackend
    let checkpoints: CheckpointRoutes

    var routes: [Route] {
        [
            .get("/containers/json", list),
            .post("/containers/create", create),
            .get("/containers/{name}/json", inspect),
            .get("/containers/{name}/top", top),
            .get("/containers/{name}/stats", ContainerStatsRoute(backend: backend).stats),
            .post("/containers/{name}/update", update),
            .get("/containers/{name}/logs", ContainerLogsRoute(backend: backend).stream),
            .post("/containers/{name}/start", start),
            .post("/containers/{name}/stop", stop),
            .post("/containers/{name}/restart", restart),
            .post("/containers/{name}/kill", kill),
            .post("/containers/{name}/pause", pause),
            .post("/containers/{name}/unpause", unpause),
            .post("/containers/{name}/rename", rename),
            .post("/containers/{name}/resize", resize),
            .post("/containers/{name}/wait", ContainerWaitRoute(backend: backend).wait),
            .post("/containers/{name}/attach", ContainerAttachRoute(backend: backend).attach),
            .get("/containers/{name}/attach/ws", ContainerWebSocketRoute(backend: backend).attach),
            .post("/containers/prune", prune),
            .delete("/containers/{name...}", remove),
        ]
    }

    @Sendable private func list(_ request: EngineRequest) async throws -> Response {
        let limit = try request.query.integer("limit") ?? 0
        let query = ContainerListQuery(
            all: request.query.flag("all"), limit: limit > 0 ? limit : nil, size: request.query.flag("size"),
            filters: try request.query.filters(accepting: ContainerListQuery.filterKeys))
        let containers = try await backend.list(query, context: request.context)
        let body = ContainerListBody.encode(containers, for: request.version)
        return Response(status: .ok, headers: [.contentType: MediaType.json], body: ResponseBody(byteBuffer: body))
    }

    @Sendable private func create(_ request: EngineRequest) async throws -> Response {
        let body = try await request.json(ContainerCreateRequest.self)
        let gated = try ContainerCreateGates.apply(to: body, version: request.version)
        let platform = request.version < APIVersionGate.createPlatform ? nil : try request.platformSpecifier()
        var created = try await backend.create(
            gated.request, name: request.query.text("name"), platform: platform, context: request.context)
        created.warnings += gated.warnings
        return .json(created, status: .created)
    }

    @Sendable private func inspect(_ request: EngineRequest) async throws -> Response {
        let size = request.query.flag("size")
        let container = try await backend.inspect(request.parameter("name"), size: size, context: request.context)
        return .json(container.seen(by: request.version))
    }

    @Sendable private func top(_ request: EngineRequest) async throws -> Response {
        let arguments = request.query.text("ps_args")
        return .json(try await backend.top(request.parameter("name"), psArguments: arguments, context: request.context))
    }

    /// A body of a few bytes, such as `{}`, has always been let through.
    @Sendable private func start(_ request: EngineRequest) async throws -> Response {
        guard let length = request.announcedBodyLength, length <= 7 else {
            throw RPCError(
                .invalidParameter,
                "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24")
        }
        if try await !checkpoints.start(request) { try await backend.start(request.parameter("name"), context: request.context) }
        return .empty(.noContent)
    }

    @Sendable private func stop(_ request: EngineRequest) async throws -> Response {
        try await backend.stop(request.parameter("name"), stopOptions(request), context: request.context)
        return .empty(.noContent)
    }

    @Sendable private func restart(_ request: EngineRequest) async throws -> Response {
        try await backend.restart(request.parameter("name"), stopOptions(request), context: request.context)
        return .empty(.noContent)
    }

    private func stopOptions(_ request: EngineRequest) throws -> StopOptions {
        let signal = request.version < APIVersionGate.multiplexedStreams ? nil : request.query.text("signal")
        return StopOptions(timeout: try request.query.integer("t"), signal: signal)
    }

    @Sendable private func kill(_ request: EngineRequest) async throws -> Response {
        let name = try request.parameter("name")
        do {
            try await backend.kill(name, signal: request.query.text("signal"), context: request.context)
        } catch let error as RPCError where error.code == .conflict && request.version < APIVersionGate.killNeedsProcess {
            // Old clients take a container that has ended for a killed one.
        } catch let error as RPCError {
            throw RPCError(error.code, "cannot kill container: \(name): \(error.message)", details: error.details)
        }
        return .empty(.noContent)
    }

    @Sendable private func pause(_ request: EngineRequest) async throws -> Response {
        try await backend.pause(request.parameter("name"), context: request.context)
        return .empty(.noContent)
    }

    @Sendable private func unpause(_ request: EngineRequest) async throws -> Response {
        try await backend.unpause(request.parameter("name"), context: request.context)
        return .empty(.noContent)
    }

    /// Takes limits and the restart policy from the body. A process limit of 0 or less is none.
    @Sendable private func update(_ request: EngineRequest) async throws -> Response {
        var change = try await request.json(HostConfig.self)
        if request.version < APIVersionGate.privateIPC { change.pidsLimit = nil }
        if let limit = change.pidsLimit, limit <= 0 { change.pidsLimit = 0 }
        return .json(try await backend.update(request.parameter("name"), change, context: request.context))
    }

    @Sendable private func rename(_ request: EngineRequest) async throws -> Response {
        guard let name = request.query.text("name") else {
            throw RPCError(.invalidParameter, "Neither old nor new names may be empty")
        }
        try await backend.rename(request.parameter("name"), to: name, context: request.context)
        return .empty(.noContent)
    }

    @Sendable private func resize(_ request: EngineRequest) async throws -> Response {
        try await backend.resize(request.parameter("name"), to: request.consoleSize(), context: request.context)
        return .empty(.ok)
    }

    @Sendable private func prune(_ request: EngineRequest) async throws -> Response {
        let filters = try request.query.filters(accepting: ContainerPruneQuery.filterKeys)
        let until = try filters.values("until").map { text in
            guard let time = TimeText.parse(text, now: WallClock.now()) else {
                throw RPCError(.invalidParameter, "failed to parse value as time or duration: \"\(text)\"")
            }
            return time
        }
        guard until.count <= 1 else { throw RPCError(.invalidParameter, "more than one until filter specified") }
        let query = ContainerPruneQuery(filters: filters, until: until.first)
        return .json(try await backend.prune(query, context: request.context))
    }

    @Sendable private func remove(_ request: EngineRequest) async throws -> Response {
        let options = RemoveOptions(
            volumes: request.query.flag("v"), force: request.query.flag("force"), link: request.query.flag("link"))
        try await backend.remove(request.parameter("name"), options, context: request.context)
        return .empty(.noContent)
    }
}

extension EngineRequest {
    /// The `h` and `w` of a resize. Errors: `invalidParameter`.
    func consoleSize() throws -> ConsoleSize {
        ConsoleSize(rows: try cells("h", "height"), columns: try cells("w", "width"))
    }

    private func cells(_ name: String, _ word: String) throws -> UInt16 {
        let text = query.value(name) ?? ""
        if let cells = UInt16(text) { return cells }
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let fault = isNumber ? "value out of range" : "invalid syntax"
        throw RPCError(.invalidParameter, "invalid resize \(word) \"\(text)\": \(fault)")
    }
}
