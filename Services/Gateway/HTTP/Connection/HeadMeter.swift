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
    /// What comes now may be no request: the response may hand the connection over, as for attach.
    private var awaitsResponse = false
    /// Some of the head came while the response before it was awaited: its lines stay as they are.
    private var headCameAhead = false
    /// Bytes have come of a head that isn't complete.
    private var headHasBegun = false
    private var timeout: Scheduled<Void>?

    private var context: ChannelHandlerContext?

    init(_ budget: RequestBudget) { share = BudgetShare(budget) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .refused: break
        case .body, .raw: context.fireChannelRead(data)
        case .head:
            let bytes = unwrapInboundIn(data)
            guard share.receive(bytes.readableBytes) else { return refuse(RequestBudget.Exceeded(), context) }
            headHasBegun = true
            if awaitsResponse { headCameAhead = true }
            let completed = headCameAhead ? bytes : lines.completed(bytes)
            context.fireChannelRead(wrapInboundOut(completed))
        }
    }

    /// A head that came in one piece needs no clock; nor does a connection that waits for its response or is idle.
    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        startClock(context)
    }

    private func startClock(_ context: ChannelHandlerContext) {
        guard phase == .head, headHasBegun, !awaitsResponse, timeout == nil else { return }
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
        (headHasBegun, headCameAhead, awaitsResponse) = (false, false, true)
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
        if let context { startClock(context) }
    }

    func becomeRaw() {
        phase = .raw
        share.release()
        stopClock()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        share.release()
        stopClock()
    }

    private func stopClock() {
        timeout?.cancel()
        timeout = nil
    }
}
