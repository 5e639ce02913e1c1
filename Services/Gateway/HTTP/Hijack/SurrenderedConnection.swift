// A client's connection that the server has let go of, so that a container's shim can serve it without the gateway.
import CLinux
import Contracts
import GatewayBackends
import Glibc
import HTTPTypes
import HummingbirdCore
import NIOCore

struct SurrenderedConnection: Sendable {
    let socket: SocketEnd
    /// What the client has sent beyond its request.
    let input: ByteBuffer

    /// Gives the connection to the container, which sends the head of `answer` first. The client gets `refusal` when that fails.
    /// - Parameter trace: the request's, which the answer or the refusal carries.
    /// - Returns: What the server takes for its answer; the connection isn't the server's any more.
    func join(
        _ stream: PreparedStream, trace: String, answer: Response, refusal: (any Error) -> (Response, ByteBuffer)
    ) async throws -> Response {
        let head = Self.head(answer, trace)
        var outcome = Response(status: answer.status)
        try await socket.lend { descriptor in
            do {
                let own = (head: Array(head.readableBytesView), input: Array(input.readableBytesView))
                try await stream.connect(StreamEnd(descriptor, own: own))
            } catch {
                let (response, body) = refusal(error)
                await Self.send(Self.head(response, trace), body, to: descriptor)
                outcome = Response(status: response.status)
            }
        }
        return outcome
    }

    private static func head(_ response: Response, _ trace: String) -> ByteBuffer {
        var response = response.withEngineHeaders
        response.headers[.trace] = trace
        return response.head.rawBytes(omitting: HijackHandler.marker)
    }

    /// A few hundred bytes to a client that waits for them: they fit into the socket's buffer. The body comes when the head has been
    /// read, or after `HandedClient.headPatience`.
    private static func send(_ head: ByteBuffer, _ body: ByteBuffer, to socket: Int32) async {
        write(head, to: socket)
        if body.readableBytes > 0 {
            let end = ContinuousClock.now + headPatience
            while clinux_unread_bytes(socket) > 0, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(1)) }
            write(body, to: socket)
        }
        shutdown(socket, Int32(SHUT_WR))
        var ignored: [UInt8] = Array(repeating: 0, count: 4096)
        while clinux_receive_some(socket, &ignored, ignored.count) > 0 {}
    }

    private static let headPatience = Duration.milliseconds(HandedClient.headPatience)

    private static func write(_ buffer: ByteBuffer, to socket: Int32) {
        Array(buffer.readableBytesView).withUnsafeBytes { _ = clinux_send_some(socket, $0.baseAddress, $0.count) }
    }
}
