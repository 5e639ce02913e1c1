// A call as its handler sees it.
import RPC

/// One request to be answered, now or later. It ends with `reply`; if it is cancelled first, replying does nothing.
public final class RPCCall<M: RPCMethod> {
    private let call: EventCall

    init(_ call: EventCall) { self.call = call }

    /// Trace id, time limit, and the caller's credentials.
    public var context: RPCContext { call.context }

    /// Called once when the caller cancels, its time limit passes, or its connection is lost. The call is over then.
    public var onCancel: (() -> Void)? {
        get { call.onCancel }
        set { call.onCancel = newValue }
    }

    /// The descriptors that came with the request, close-on-exec; the taker closes them. Those not taken are closed when the call ends.
    public func takeDescriptors() -> [Int32] { call.takeDescriptors() }

    /// Answers. Only the first answer counts.
    public func reply(_ result: Result<M.Response, RPCError>) { call.finish(result) }

    func begin(_ request: RPCIncomingRequest, _ handler: (M.Request, RPCCall<M>) -> Void) {
        call.begin(acceptsItems: false)
        do {
            handler(try request.params.decode(M.Request.self), self)
        } catch {
            reply(.failure(EventCall.rpcError(error)))
        }
    }
}
