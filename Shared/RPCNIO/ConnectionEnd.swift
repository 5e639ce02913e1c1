// What both ends of a connection make of the events of their channel.
import NIOCore
import RPC

/// An end of a connection as a channel's handler: reads frames, and writes when all that has come was read. Everything happens on the
/// channel's event loop.
protocol ConnectionEnd: ChannelInboundHandler, AnyObject where InboundIn == ByteBuffer {
    /// nil before the handler is in a channel, and after.
    var context: ChannelHandlerContext? { get set }
    var decoder: RPCFrameDecoder { get set }
    /// While it is, what is to be written waits.
    var isReading: Bool { get set }
    /// What comes is of no interest any more.
    var isClosing: Bool { get }

    /// The channel is open.
    func start()
    func receive(_ frames: [RPCFrame])
    /// The peer sent what can't be read.
    func fail(_ failure: RPCProtocolError)
    /// Sends items that waited for the channel to take them.
    func drainAll()
    func flush()
    /// May be called more than once.
    func disconnected()
    func note(_ failure: any Error)
}

extension ConnectionEnd {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start() }
    }

    func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        isReading = true
        var frames: [RPCFrame] = []
        do {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes in try decoder.push(bytes) { frames.append($0) } }
            receive(frames)
        } catch {
            receive(frames)
            fail(error as? RPCProtocolError ?? RPCProtocolError("sent what can't be read: \(error)"))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        drainAll()
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        disconnected()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        disconnected()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        note(error)
        context.close(promise: nil)
    }
}
