// Attach: the connection becomes the container's stdio.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ContainerAttachRoute: Sendable {
    let backend: any ContainerBackend

    /// The container's end of the stream is joined before the head goes out: what the client starts after it has seen the head
    /// can't be missed.
    @Sendable func attach(_ request: EngineRequest) async throws -> Response {
        let prepared = try await backend.attach(request.parameter("name"), Self.options(request.query), context: request.context)
        let (upgraded, type) = (request.asksForUpgrade, request.streamType(isTerminal: prepared.isTerminal))
        if let client = try await request.connection.surrender() {
            return try await client.join(prepared, trace: request.context.traceID, answer: .hijack(upgraded: upgraded, contentType: type)) {
                error in
                let refusal = RequestRefusal(EngineFailure(error), asText: request.version < APIVersionGate.errorsInJSON)
                return (Response(status: refusal.head.status, headers: refusal.head.headerFields), refusal.body)
            }
        }
        let pair = try SocketPair()
        let bytes = try await request.connection.hijackedBytes()
        try await pair.remote.lend { try await prepared.connect(StreamEnd($0)) }
        let relay = StreamRelay(client: request.connection, bytes: bytes, local: pair.local)
        return .hijack(upgraded: upgraded, contentType: type) { writer in try await relay.run(writer: &writer) }
    }

    static func options(_ query: QueryParameters) -> AttachOptions {
        AttachOptions(
            stdin: query.flag("stdin"), stdout: query.flag("stdout"), stderr: query.flag("stderr"), logs: query.flag("logs"),
            stream: query.flag("stream"), detachKeys: query.text("detachKeys"))
    }
}
