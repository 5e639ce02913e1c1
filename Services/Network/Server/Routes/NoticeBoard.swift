// What the service tells those who listen, kept while nobody does.
import Contracts

/// Notices for every listener; those that nobody has heard wait for the first who comes.
struct NoticeBoard: Sendable {
    /// Of those that wait, and of those that one listener has not taken: then the oldest are lost.
    static let capacity = 256

    private var unheard: [NetworkNotice] = []
    private var listeners: [UInt64: AsyncStream<NetworkNotice>.Continuation] = [:]
    private var next: UInt64 = 0

    mutating func tell(_ notice: NetworkNotice) {
        guard listeners.isEmpty else {
            for listener in listeners.values { listener.yield(notice) }
            return
        }
        unheard.append(notice)
        if unheard.count > Self.capacity { unheard.removeFirst() }
    }

    mutating func listen() -> (id: UInt64, stream: AsyncStream<NetworkNotice>) {
        next += 1
        let (stream, continuation) = AsyncStream.makeStream(of: NetworkNotice.self, bufferingPolicy: .bufferingNewest(Self.capacity))
        for notice in unheard { continuation.yield(notice) }
        unheard = []
        listeners[next] = continuation
        return (next, stream)
    }

    mutating func leave(_ id: UInt64) {
        listeners.removeValue(forKey: id)?.finish()
    }
}
