// Counts the bytes of heads that aren't complete, and the time they take, and completes their lines.
import NIOCore

/// Sits at the front of a connection's pipeline. What exceeds the budget or the time never reaches the decoder: the request is refused.
final class HeadMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct TooSlow: Error {
        static let message = "the request's head took longer than \(HeadMeter.patience.nanoseconds / 1_000_000_000) seconds"
    }

    /// As long as dockerd's.
    static let patience = TimeAmount.minutes(5)

    private enum Phase { case head, body, raw, refused }

    private var phase = Phase.head
    private var share: BudgetShare
    private var lines = HeadLines()
    /// What comes now may be for whom a response hands the connection to.
    private var awaitsResponse = false
    /// Bytes have come of a head that isn't complete.
    private var headHasBegun = false
    private var timeout: Scheduled<Void>?

    init(_ budget: RequestBudget) { share = BudgetShare(budget) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .refused: break
        case .body, .raw: context.fireChannelRead(data)
        case .head:
            let bytes = unwrapInboundIn(data)
            guard share.receive(bytes.readableBytes) else { return refuse(RequestBudget.Exceeded(), context) }
            headHasBegun = true
            let completed = awaitsResponse ? bytes : lines.completed(bytes)
            context.fireChannelRead(wrapInboundOut(completed))
        }
    }

    /// A head that came in one piece needs no clock; nor does a connection that waits for its response or is idle.
    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        guard phase == .head, headHasBegun, timeout == nil else { return }
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { [self] in
            if phase == .head { refuse(TooSlow(), context) }
        }
    }

    private func refuse(_ error: any Error, _ context: ChannelHandlerContext) {
        phase = .refused
        share.release()
        context.fireErrorCaught(error)
    }

    func headEnded() {
        if phase == .head { phase = .body }
        headHasBegun = false
        awaitsResponse = true
        stopClock()
    }

    func bodyEnded() {
        guard phase == .body else { return }
        phase = .head
        lines = HeadLines()
    }

    /// The response is complete: nobody holds the head any more.
    func responseEnded() {
        awaitsResponse = false
        share.release()
    }

    func becomeRaw() {
        phase = .raw
        share.release()
        stopClock()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        share.release()
        stopClock()
    }

    private func stopClock() {
        timeout?.cancel()
        timeout = nil
    }
}
