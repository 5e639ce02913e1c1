// Things under way that others let finish before they go on.
import Synchronization

/// Counts what is under way; whoever waits goes on when nothing is.
final class Settling: Sendable {
    private struct State: Sendable {
        var count = 0
        var settled = Promise<Void>()
    }

    private let state = Mutex(State())

    /// Runs `body`, for which others wait meanwhile.
    func whileUnderWay<T>(_ body: () async throws -> T) async rethrows -> T {
        begin()
        defer { end() }
        return try await body()
    }

    /// The same for what waits for nothing.
    func during<T>(_ body: () throws -> T) rethrows -> T {
        begin()
        defer { end() }
        return try body()
    }

    /// Returns when nothing is under way, when `patience` is over, or when the task is cancelled.
    func settle(within patience: Duration) async {
        _ = await hasSettled(within: patience)
    }

    /// The same; false when what was under way still is.
    func hasSettled(within patience: Duration) async -> Bool {
        guard let settled = state.withLock({ $0.count == 0 ? nil : $0.settled }) else { return true }
        return (try? await settled.value(within: patience)) != nil
    }

    var count: Int { state.withLock { $0.count } }

    private func begin() { state.withLock { $0.count += 1 } }

    private func end() {
        let settled = state.withLock { state -> Promise<Void>? in
            state.count -= 1
            guard state.count == 0 else { return nil }
            defer { state.settled = Promise() }
            return state.settled
        }
        settled?.resolve(())
    }
}
