// The response that takes a connection over for a container's streams.
import HTTPTypes
import HummingbirdCore

extension Response {
    /// `101 UPGRADED` for a client that asked for it, `200 OK` without framing for others. The connection closes after the body.
    static func hijack(
        upgraded: Bool, contentType: String, _ body: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void = { _ in }
    ) -> Response {
        var headers: HTTPFields = [.contentType: contentType, HijackHandler.marker: "raw"]
        if upgraded {
            headers[.connection] = "Upgrade"
            headers[.upgrade] = "tcp"
        }
        let status = upgraded ? HTTPResponse.Status(code: 101, reasonPhrase: "UPGRADED") : .ok
        return Response(
            status: status, headers: headers,
            body: ResponseBody { writer in
                try await body(&writer)
                try await writer.finish(nil)
            })
    }
}

extension Response {
    /// `101 Switching Protocols` to a WebSocket; the connection closes after the body.
    static func webSocket(
        accept: String, _ body: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        let headers: HTTPFields = [
            .connection: "Upgrade", .upgrade: "websocket", .secWebSocketAccept: accept, HijackHandler.marker: "raw",
        ]
        return Response(
            status: .switchingProtocols, headers: headers,
            body: ResponseBody { writer in
                try await body(&writer)
                try await writer.finish(nil)
            })
    }
}

extension EngineRequest {
    /// The type of a stream: raw for a terminal, and for clients before 1.42 or that didn't ask for an upgrade.
    func streamType(isTerminal: Bool) -> String {
        !isTerminal && version >= APIVersionGate.multiplexedStreams && asksForUpgrade ? MediaType.multiplexedStream : MediaType.rawStream
    }
}
