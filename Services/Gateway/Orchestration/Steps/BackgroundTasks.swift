// Work that outlives the request that caused it.
import Logging
import Synchronization

/// Tasks that belong to no request: watches, refills, clean-ups. All of them end when the engine does.
final class BackgroundTasks: Sendable {
    private struct State: Sendable {
        var isClosed = false
        var next: UInt64 = 0
        var tasks: [UInt64: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Starts `body`, unless the engine is ending.
    func start(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.next += 1
            let key = state.next
            state.tasks[key] = Task {
                await body()
                self.forget(key)
            }
        }
    }

    var count: Int { state.withLock { $0.tasks.count } }

    /// Cancels everything and waits for it.
    func close() async {
        let tasks = state.withLock { state in
            state.isClosed = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func forget(_ key: UInt64) {
        state.withLock { state in state.tasks[key] = nil }
    }
}

/// Runs `body` to its end although the caller may be cancelled meanwhile: for what must not stop half-way
/// because a client hung up.
func uncancelled<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    try await Task { try await body() }.value
}
