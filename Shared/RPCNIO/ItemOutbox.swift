// Items of one call on the connection's loop, waiting for credit.
import NIOCore
import RPC

/// Keeps the order of items and of what follows the last of them. Bounded by what an `ItemSender` lets through.
struct ItemOutbox {
    private var items = CircularBuffer<RPCOutboundFrame>()
    let sender: ItemSender

    init(sender: ItemSender) { self.sender = sender }

    var isEmpty: Bool { items.isEmpty }

    mutating func append(_ frame: RPCOutboundFrame) { items.append(frame) }

    /// Hands items to `send` until it takes no more.
    mutating func drain(_ send: (RPCOutboundFrame) -> Bool) {
        while let item = items.first, send(item) {
            items.removeFirst()
            sender.sent(item.itemCost)
        }
    }

    mutating func end(_ error: RPCError) {
        items.removeAll()
        sender.end(error)
    }
}
