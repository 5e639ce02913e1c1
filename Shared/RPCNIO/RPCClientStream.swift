// The items of a call as its caller sees them.
import NIOCore
import RPC

/// Both directions of a stream, and the response that ends it. Dropping it cancels the call if it is still going on.
public final class RPCClientStream<M: RPCStreamMethod>: Sendable {
    private let connection: RPCConnection
    private let id: RPCClientSession.CallID
    private let queue: ItemQueue
    private let sender: ItemSender
    private let outcome: EventLoopFuture<RPCClientSession.Outcome>

    init(
        connection: RPCConnection, id: RPCClientSession.CallID, queue: ItemQueue, sender: ItemSender,
        outcome: EventLoopFuture<RPCClientSession.Outcome>
    ) {
        self.connection = connection
        self.id = id
        self.queue = queue
        self.sender = sender
        self.outcome = outcome
    }

    deinit { cancel() }

    /// What the callee sends. Ends when the callee responds, throws when the call fails.
    public var outbound: RPCItems<M.Outbound> { RPCItems(queue: queue) }

    /// Sends an item, waiting while the callee doesn't take any. Throws `RPCError` once the call is over, `CancellationError` when the
    /// task is cancelled.
    public func send(_ item: M.Inbound) async throws {
        try await sender.send(.item(item).checked(limit: connection.hello.frameBytes))
    }

    /// Tells the callee that the last item has been sent.
    public func finish() async throws {
        connection.perform { [id] in $0.endItems(id) }
    }

    /// Waits for the end of the call. Items that have not been iterated over are dropped. Cancelling the task cancels the call.
    public func response() async throws -> M.Response {
        let ended = try await withTaskCancellationHandler {
            try await outcome.get()
        } onCancel: {
            cancel()
        }
        switch ended {
        case .response(let payload): return try payload.decode(M.Response.self)
        case .failure(let error), .unsent(let error): throw error
        }
    }

    /// Ends the call at once and tells the callee to stop. Does nothing when it is over.
    public func cancel() {
        connection.perform { [id] in $0.cancel(id) }
    }
}
