// Attach over a WebSocket: the container's stdio as messages, both output streams in one.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ContainerWebSocketRoute: Sendable {
    let backend: any ContainerBackend

    @Sendable func attach(_ request: EngineRequest) async throws -> Response {
        let options = ContainerAttachRoute.options(request.query)
        let prepared = try await backend.attach(request.parameter("name"), options, context: request.context)
        let accept = try WebSocketHandshake.accept(request.http.headers)
        let pair = try SocketPair()
        let bytes = try await request.connection.hijackedBytes()
        try await pair.remote.lend { try await prepared.connect(StreamEnd($0)) }
        let kind: WebSocketFrame.Kind = request.version < APIVersionGate.binaryMessages ? .text : .binary
        let relay = WebSocketRelay(
            client: request.connection, bytes: bytes, local: pair.local, isFramed: !prepared.isTerminal, kind: kind)
        return .webSocket(accept: accept) { writer in try await relay.run(writer: &writer) }
    }
}
