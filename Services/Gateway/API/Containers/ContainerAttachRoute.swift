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
        let pair = try SocketPair()
        let bytes = try await request.connection.hijackedBytes()
        try await pair.remote.lend(prepared.connect)
        let relay = StreamRelay(client: request.connection, bytes: bytes, local: pair.local)
        return .hijack(upgraded: request.asksForUpgrade, contentType: request.streamType(isTerminal: prepared.isTerminal)) { writer in
            try await relay.run(writer: &writer)
        }
    }

    static func options(_ query: QueryParameters) -> AttachOptions {
        AttachOptions(
            stdin: query.flag("stdin"), stdout: query.flag("stdout"), stderr: query.flag("stderr"), logs: query.flag("logs"),
            stream: query.flag("stream"), detachKeys: query.text("detachKeys"))
    }
}
