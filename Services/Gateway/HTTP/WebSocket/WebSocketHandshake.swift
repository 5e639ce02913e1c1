// The opening of a WebSocket (RFC 6455, section 4.2).
import Crypto
import FoundationEssentials
import HTTPTypes
import RPC

enum WebSocketHandshake {
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The value of `Sec-WebSocket-Accept`. Errors: `invalidParameter` for what is no opening of a WebSocket.
    static func accept(_ headers: HTTPFields) throws(RPCError) -> String {
        guard headers[.upgrade]?.lowercased() == "websocket", let key = headers[.secWebSocketKey], !key.isEmpty else {
            throw RPCError(.invalidParameter, "not a WebSocket handshake: the request needs Upgrade: websocket and a Sec-WebSocket-Key")
        }
        guard headers[.secWebSocketVersion] == "13" else {
            throw RPCError(.invalidParameter, "unsupported WebSocket version: only version 13 is supported")
        }
        return accept(key: key)
    }

    static func accept(key: String) -> String {
        Data(Insecure.SHA1.hash(data: Data((key + suffix).utf8))).base64EncodedString()
    }
}
