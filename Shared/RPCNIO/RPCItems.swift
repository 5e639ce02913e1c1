// The items of a stream as an asynchronous sequence.
import RPC

/// Items in the order they were sent, for one task to iterate over once. Iterating gives the sender credit; not iterating stops it.
/// The sequence ends when the sender has sent its last item, and throws when the call fails.
public struct RPCItems<Item: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Item
    public typealias Failure = any Error

    public struct AsyncIterator: AsyncIteratorProtocol {
        let queue: ItemQueue

        public mutating func next() async throws -> Item? {
            try await queue.next()?.decode(Item.self)
        }
    }

    let queue: ItemQueue

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue) }
}
