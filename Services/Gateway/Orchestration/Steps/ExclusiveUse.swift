// Work that is refused, not queued, while the same work is under way.
import RPC
import Synchronization

/// Held by one at a time.
final class ExclusiveUse: Sendable {
    private let isTaken = Mutex(false)

    /// Runs `body` alone. Errors: conflict with these words when it is under way already.
    func run<Value>(orSay words: String, _ body: () async throws -> Value) async throws -> Value {
        let isFirst = isTaken.withLock { taken in
            defer { taken = true }
            return !taken
        }
        guard isFirst else { throw RPCError(.conflict, words) }
        defer { isTaken.withLock { $0 = false } }
        return try await body()
    }
}
