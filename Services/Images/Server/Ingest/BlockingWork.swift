// Runs work that blocks on a thread that nothing else waits for.
import Dispatch
import Foundation
import Synchronization

/// Threads for decompression, hashing and unpacking, apart from Swift's cooperative pool and the event loops.
enum BlockingWork {
    private static let threads = WorkThreads()

    /// Runs `body` on a thread of its own and returns what it returns. Whoever calls this bounds how many run at once.
    static func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            threads.run {
                continuation.resume(with: Result { try body() })
            }
        }
    }
}

/// As many threads as there is work, kept for a while afterwards.
///
/// Dispatch's own threads won't do: their number is bounded, and when all of them wait for bytes that a piece of work behind them in the
/// queue is to bring, nothing goes on ever.
final class WorkThreads: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        /// Threads that wait and that nobody has called.
        var idle = 0
    }

    private let state = Mutex(State())
    private let calls = DispatchSemaphore(value: 0)
    private static let patience = DispatchTimeInterval.seconds(10)

    /// Returns at once.
    func run(_ work: @escaping @Sendable () -> Void) {
        let isAnyIdle = state.withLock { state in
            state.work.append(work)
            guard state.idle > 0 else { return false }
            state.idle -= 1
            return true
        }
        if isAnyIdle { calls.signal() } else { Thread.detachNewThread { self.serve() } }
    }

    private func serve() {
        while true {
            while let work = next() { work() }
            if calls.wait(timeout: .now() + Self.patience) == .timedOut, leaves() { return }
        }
    }

    /// nil makes the thread an idle one.
    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            if state.work.isEmpty { state.idle += 1 }
            return state.work.isEmpty ? nil : state.work.removeFirst()
        }
    }

    /// False when every waiting thread has been called in the meantime: one of the calls is for this one.
    private func leaves() -> Bool {
        let isCalled = state.withLock { state in
            if state.idle > 0 { state.idle -= 1 } else { return true }
            return false
        }
        if isCalled { calls.wait() }
        return !isCalled
    }
}
