// Execs: create, start, inspect, resize.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RPC

struct ExecRoutes: Sendable {
    let backend: any ExecBackend

    private struct Created: Encodable {
        let id: String
        enum CodingKeys: String, CodingKey { case id = "Id" }
    }

    var routes: [Route] {
        [
            .post("/containers/{name}/exec", create),
            .post("/exec/{id}/start", start),
            .get("/exec/{id}/json", inspect),
            .post("/exec/{id}/resize", resize),
        ]
    }

    @Sendable private func create(_ request: EngineRequest) async throws -> Response {
        var body = try await request.json(ExecCreateRequest.self)
        guard body.cmd?.isEmpty == false else { throw RPCError(.invalidParameter, "No exec command specified") }
        if request.version < APIVersionGate.multiplexedStreams { body.consoleSize = nil }
        let id = try await backend.createExec(in: request.parameter("name"), body, context: request.context)
        return .json(Created(id: id), status: .created)
    }

    @Sendable private func start(_ request: EngineRequest) async throws -> Response {
        var body = try await request.json(ExecStartRequest.self)
        if request.version < APIVersionGate.multiplexedStreams || !body.tty { body.consoleSize = nil }
        let id = try request.parameter("id")
        guard !body.detach else {
            try await backend.startDetachedExec(id, body, context: request.context)
            return .empty(.ok)
        }
        let prepared = try await backend.prepareExec(id, body, context: request.context)
        return try await attach(prepared, id, request)
    }

    /// A failure to execute comes after the head: clients read it from the stream, and its exit code from inspect.
    private func attach(_ prepared: PreparedStream, _ id: String, _ request: EngineRequest) async throws -> Response {
        let type = request.streamType(isTerminal: prepared.isTerminal)
        guard let client = try await request.connection.surrender() else { return try await relay(prepared, id, request, type) }
        let answer = Response.hijack(upgraded: request.asksForUpgrade, contentType: type)
        return try await client.join(prepared, trace: request.context.traceID, answer: answer) {
            (answer, Self.words(for: $0, isTerminal: prepared.isTerminal))
        }
    }

    private func relay(_ prepared: PreparedStream, _ id: String, _ request: EngineRequest, _ type: String) async throws -> Response {
        let pair = try SocketPair()
        let bytes = try await request.connection.hijackedBytes()
        let relay = StreamRelay(client: request.connection, bytes: bytes, local: pair.local)
        return .hijack(upgraded: request.asksForUpgrade, contentType: type) { writer in
            do {
                try await pair.remote.lend { try await prepared.connect(StreamEnd($0)) }
            } catch {
                try await writer.write(Self.words(for: error, isTerminal: prepared.isTerminal))
                return
            }
            try await relay.run(writer: &writer)
            // Clients ask for the exit code as soon as the stream has ended.
            await backend.settleExec(id)
        }
    }

    private static func words(for error: any Error, isTerminal: Bool) -> ByteBuffer {
        let words = EngineFailure(error).message + "\r\n"
        guard !isTerminal else { return ByteBuffer(string: words) }
        var buffer = ByteBuffer()
        StreamFrame.append(Array(words.utf8), of: .stdout, to: &buffer)
        return buffer
    }

    @Sendable private func inspect(_ request: EngineRequest) async throws -> Response {
        .json(try await backend.inspectExec(request.parameter("id"), context: request.context))
    }

    @Sendable private func resize(_ request: EngineRequest) async throws -> Response {
        try await backend.resizeExec(request.parameter("id"), to: request.consoleSize(), context: request.context)
        return .empty(.ok)
    }
}
