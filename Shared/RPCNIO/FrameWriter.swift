// Frames to a channel: what is sent in one turn of the loop goes out in one write.
import NIOCore
import RPC

/// Gathers frames and writes them at `flush`. Lives on the channel's event loop.
struct FrameWriter {
    private var gathered = ByteBuffer()

    /// Room that a buffer keeps from one write to the next.
    private static let kept = 64 << 10

    mutating func append(_ frame: RPCOutboundFrame) { gathered.writeBytes(frame.bytes) }

    mutating func append(_ bytes: ArraySlice<UInt8>) { gathered.writeBytes(bytes) }

    var isEmpty: Bool { gathered.readableBytes == 0 }

    mutating func flush(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
        guard !isEmpty || promise != nil else { return }
        context.writeAndFlush(NIOAny(gathered), promise: promise)
        if gathered.capacity > Self.kept { gathered = ByteBuffer() } else { gathered.clear() }
    }

    /// Bytes that the peer has not taken yet.
    func backlog(_ context: ChannelHandlerContext) -> Int {
        let buffered = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return gathered.readableBytes + (buffered ?? 0)
    }
}
