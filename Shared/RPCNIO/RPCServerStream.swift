// The items of a call as its handler sees them.
import RPC

/// Both directions of a stream. The caller's items end when it says so; the handler's end with its response.
public final class RPCServerStream<M: RPCStreamMethod>: Sendable {
    private let ends: StreamEnds

    init(ends: StreamEnds) { self.ends = ends }

    /// What the caller sends.
    public var inbound: RPCItems<M.Inbound> { RPCItems(queue: ends.queue) }

    /// Sends an item, waiting while the caller doesn't take any. Throws `RPCError` once the call is over, `CancellationError` when the
    /// task is cancelled.
    public func send(_ item: M.Outbound) async throws {
        try await ends.sender.send(.item(item).checked(limit: ends.frameLimit))
    }
}

/// Where the items of a call are taken from and put, its types forgotten.
struct StreamEnds: Sendable {
    let queue: ItemQueue
    let sender: ItemSender
    /// The largest frame that the peer takes.
    let frameLimit: Int
}
