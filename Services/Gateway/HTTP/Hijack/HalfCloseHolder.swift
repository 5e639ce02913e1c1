// Keeps the client's half-close from the HTTP decoder until a switch to raw bytes is over.
import NIOCore

/// The decoder throws away what it holds beyond a request when the input ends. A client that sends its bytes and half-closes
/// before it has seen the response's head would lose them, so the end waits here while a request asks to leave HTTP.
final class HalfCloseHolder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var isHolding = false
    private var context: ChannelHandlerContext?
    private var hasHeldEvent = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func hold() { isHolding = true }

    func release() {
        isHolding = false
        guard hasHeldEvent else { return }
        hasHeldEvent = false
        context?.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isHolding, let event = event as? ChannelEvent, event == .inputClosed {
            hasHeldEvent = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
