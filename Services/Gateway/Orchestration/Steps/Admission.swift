// How much that keeps processors busy is done at a time, so that what only reads finds one free.
import Glibc
import Synchronization

/// More at a time than keeps all processors busy isn't faster, and everybody waits for all of it: the others in line wait here, and
/// reads pass them by. Nobody waits long for those inside, which may themselves wait for something that never comes.
final class Admission: Sendable {
    private typealias Waiter = (since: ContinuousClock.Instant, continuation: CheckedContinuation<Void, Never>)

    private struct State: Sendable {
        var inside = 0
        var queue: [Waiter] = []
        var isWatched = false
    }

    /// A few a processor, as each waits for the disk now and then.
    static var standardLimit: Int { max(4, 3 * sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    private let limit: Int
    private let patience: Duration
    private let state = Mutex(State())

    init(limit: Int = standardLimit, patience: Duration = .milliseconds(200)) {
        self.limit = limit
        self.patience = patience
    }

    /// How many are in line.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// Runs `body` once there is room, or after a while.
    func enter<T>(_ body: () async throws -> T) async rethrows -> T {
        await withCheckedContinuation { continuation in
            guard enqueue(continuation) else { return }
            Task.detached { [self] in await watch() }
        }
        defer { leave() }
        return try await body()
    }

    /// True for the first in line when nobody looks after the line.
    private func enqueue(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        let (hasRoom, isFirst) = state.withLock { state in
            guard state.inside >= limit || !state.queue.isEmpty else {
                state.inside += 1
                return (true, false)
            }
            state.queue.append((.now, continuation))
            defer { state.isWatched = true }
            return (false, !state.isWatched)
        }
        if hasRoom { continuation.resume() }
        return isFirst
    }

    private func leave() {
        let next = state.withLock { state -> Waiter? in
            state.inside -= 1
            guard state.inside < limit, !state.queue.isEmpty else { return nil }
            state.inside += 1
            return state.queue.removeFirst()
        }
        next?.continuation.resume()
    }

    /// Lets in who has waited too long, until nobody waits.
    private func watch() async {
        while true {
            try? await Task.sleep(for: patience / 2)
            let (late, isOver) = state.withLock { state in
                let late = state.queue.prefix { $0.since.duration(to: .now) >= patience }
                state.queue.removeFirst(late.count)
                state.inside += late.count
                state.isWatched = !state.queue.isEmpty
                return (Array(late), state.queue.isEmpty)
            }
            for waiter in late { waiter.continuation.resume() }
            if isOver { return }
        }
    }
}
