// One side of a connection that is passed on.
import NIOCore

/// Gives what it reads to its partner, and reads on once that is written.
final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let partner: any Channel
    private let onSend: (Int) -> Void

    init(partner: any Channel, onSend: @escaping (Int) -> Void) {
        self.partner = partner
        self.onSend = onSend
    }

    /// The client's: it isn't active yet when the registry is.
    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        onSend(buffer.readableBytes)
        let channel = context.channel
        partner.writeAndFlush(buffer).whenComplete { result in
            if case .success = result { channel.read() } else { channel.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { partner.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
