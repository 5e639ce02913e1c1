// Frames to a channel: what is sent in one turn of the loop goes out in one write.
import NIOCore
import RPC

/// Gathers frames and writes them at `flush`. Lives on the channel's event loop. A class, since writing may call back into whoever
/// writes: the channel tells at once that it has become unwritable, or writable again.
final class FrameWriter {
    private var gathered = ByteBuffer()

    func append(_ frame: RPCOutboundFrame) { gathered.writeBytes(frame.bytes) }

    func append(_ bytes: ArraySlice<UInt8>) { gathered.writeBytes(bytes) }

    func flush(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
        guard gathered.readableBytes > 0 || promise != nil else { return }
        let bytes = gathered
        gathered = ByteBuffer()
        context.writeAndFlush(NIOAny(bytes), promise: promise)
    }

    /// Bytes that the peer has not taken yet.
    func backlog(_ context: ChannelHandlerContext) -> Int {
        let buffered = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return gathered.readableBytes + (buffered ?? 0)
    }
}
