// Relays between a WebSocket client and a container's stream.
import HummingbirdCore
import NIOCore
import NIOPosix
import RPC

/// One relay: it ends when the container's side ends, or when the client closes or leaves.
struct WebSocketRelay: Sendable {
    let client: ClientConnection
    let bytes: HijackedBytes
    let local: SocketEnd
    /// The container's output comes in frames that tell its streams apart; the client gets it without.
    let isFramed: Bool
    let kind: WebSocketFrame.Kind

    private typealias Container = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    func run(writer: inout any ResponseBodyWriter) async throws {
        guard let descriptor = local.take() else { throw RPCError(.internalError, "the stream's socket is closed") }
        let container = try await StreamRelay.channel(descriptor, on: client.channel.eventLoop)
        client.channel.closeFuture.whenComplete { _ in container.channel.close(promise: nil) }
        let frames = Handover<ByteBuffer>()
        try await container.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await forwardOutput(inbound, to: frames) }
                group.addTask { await forwardInput(to: outbound, replies: frames) }
                do {
                    while let frame = await frames.next() { try await writer.write(frame) }
                } catch {
                    // The client is gone, and nobody takes what the container's side waits to hand over.
                    await frames.finish()
                    throw error
                }
                group.cancelAll()
            }
        }
    }

    /// The container's output, then the end of the socket.
    private func forwardOutput(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, to frames: Handover<ByteBuffer>) async {
        var reader = StreamUnframer()
        var code: UInt16 = 1000
        do {
            for try await buffer in inbound {
                let payload = isFramed ? reader.payload(of: buffer) : buffer
                if payload.readableBytes > 0 { await frames.send(WebSocketFrame.make(kind, payload)) }
            }
        } catch {
            code = 1011
        }
        await frames.send(WebSocketFrame.close(code))
        await frames.finish()
    }

    /// The client's messages to the container; what the protocol wants answered is answered.
    private func forwardInput(to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, replies frames: Handover<ByteBuffer>) async {
        var reader = WebSocketReader()
        do {
            for try await buffer in bytes {
                reader.append(buffer)
                while let input = try reader.next() {
                    switch input {
                    case .data(let payload): if payload.readableBytes > 0 { try await outbound.write(payload) }
                    case .ping(let payload): await frames.send(WebSocketFrame.make(.pong, payload))
                    case .close: return await end(frames, outbound, code: 1000)
                    }
                }
            }
        } catch let error as WebSocketProtocolError {
            return await end(frames, outbound, code: error.code)
        } catch {
            // The container reads no more, or the client is gone: the other direction decides when the relay ends.
        }
        outbound.finish()
    }

    private func end(_ frames: Handover<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, code: UInt16) async {
        outbound.finish()
        await frames.send(WebSocketFrame.close(code))
        await frames.finish()
    }
}
