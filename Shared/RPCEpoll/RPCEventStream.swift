// A call with items as its handler sees it.
import RPC

/// One request that carries items until it is answered with `reply`.
public final class RPCEventStream<M: RPCStreamMethod> {
    private let call: EventCall

    init(_ call: EventCall) { self.call = call }

    /// Trace id, time limit, and the caller's credentials.
    public var context: RPCContext { call.context }

    /// Called once when the caller cancels, its time limit passes, or its connection is lost. The call is over then.
    public var onCancel: (() -> Void)? {
        get { call.onCancel }
        set { call.onCancel = newValue }
    }

    /// Called with each item from the caller. Returning gives the caller credit for the next.
    public var onItem: ((M.Inbound) -> Void)? {
        didSet { forwardItems() }
    }

    /// Called when the caller has sent its last item.
    public var onInboundEnd: (() -> Void)? {
        get { call.onItemsEnd }
        set { call.onItemsEnd = newValue }
    }

    /// Whether items wait for the caller to take those before them. A handler with much to send pauses until `onDrained`.
    public var isWaiting: Bool { call.isWaiting }

    /// Called when the last item that waited has been sent.
    public var onDrained: (() -> Void)? {
        get { call.onDrained }
        set { call.onDrained = newValue }
    }

    /// The descriptors that came with the request, close-on-exec; the taker closes them. Those not taken are closed when the call ends.
    public func takeDescriptors() -> [Int32] { call.takeDescriptors() }

    /// Sends an item, or queues it until the caller has room. False when the call is over: because it was before, or because this item
    /// would make more wait than a stream's window; the caller is then told `resourceExhausted`.
    public func send(_ item: M.Outbound) -> Bool { call.send(item) }

    /// Answers, after the items sent before. Only the first answer counts.
    public func reply(_ result: Result<M.Response, RPCError>) { call.finish(result) }

    func begin(_ request: RPCIncomingRequest, _ handler: (M.Request, RPCEventStream<M>) -> Void) {
        call.begin(acceptsItems: true)
        do {
            handler(try request.params.decode(M.Request.self), self)
        } catch {
            reply(.failure(EventCall.rpcError(error)))
        }
    }

    private func forwardItems() {
        guard let onItem else { return call.onItem = nil }
        // The call doesn't outlive its handler's interest in it, but it mustn't hold this object, which holds it.
        call.onItem = { [weak call] payload in
            do {
                onItem(try payload.decode(M.Inbound.self))
            } catch {
                call?.finish(Result<RPCNothing, RPCError>.failure(EventCall.rpcError(error)))
            }
        }
    }
}
