// The connections of a server that are open.
import NIOCore
import Synchronization

/// Counts connections against their limit, and closes them all when the server stops.
final class ConnectionLedger: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False when there are too many, or the server stops.
    func add(_ channel: any Channel) -> Bool {
        let added = state.withLock { state in
            guard !state.isClosed, state.channels.count < limit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        if added { channel.closeFuture.whenComplete { [self] _ in remove(channel) } }
        return added
    }

    /// Admits no more, closes those there are, and returns when they are closed.
    func closeAll() async {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    private func remove(_ channel: any Channel) {
        state.withLock { _ = $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}
