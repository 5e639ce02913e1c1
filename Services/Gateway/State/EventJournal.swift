// Everything that happened, kept in order, bounded, and readable from any point on.
import Foundation
import GRDB
import Logging
import Persistence
import Synchronization

/// The durable journal of events.
///
/// A reader is a cursor on the journal and nothing more: a slow one lags behind and reads from disk what is no
/// longer in memory. It loses events only when it falls behind by more than the journal keeps.
public final class EventJournal: Sendable {
    /// Events kept on disk.
    public static let retention: Int64 = 100_000
    /// How many more are written before the oldest are deleted in one go.
    private static let slack: Int64 = 1024
    private static let memory = 4096
    static let page = 256

    private struct State: Sendable {
        var ring: EventRing
        var subscribers = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let first: Int64
    private let state: Mutex<State>
    private let queue: WriteQueue
    private let store: Store

    init(store: Store, queue: WriteQueue) throws {
        self.store = store
        self.queue = queue
        let last = try store.writer.read { try Int64.fetchOne($0, sql: "SELECT MAX(sequence) FROM event") } ?? 0
        first = last + 1
        state = Mutex(State(ring: EventRing(capacity: Self.memory, nextSequence: first)))
    }

    /// Records an event. Readers see it at once; it is durable within milliseconds.
    public func append(_ event: EventRecord) {
        let waiters = state.withLock { state in
            // Handed over under the lock: on disk, too, events are in the order of their numbers.
            let event = state.ring.append(event)
            queue.append(.event(event))
            if event.sequence % Self.slack == 0, event.sequence > Self.retention {
                queue.append(.forgetEvents(before: event.sequence - Self.retention))
            }
            let waiters = state.waiters.values
            state.waiters = [:]
            return Array(waiters)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The number that the next event will have: where a reader of live events begins.
    public var end: Int64 { state.withLock { $0.ring.nextSequence } }

    /// Events since this process began.
    public var appendedCount: Int { Int(end - first) }

    public var subscriberCount: Int { state.withLock { $0.subscribers } }

    /// Readers that wait for something to happen.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    func addSubscriber(_ difference: Int) {
        state.withLock { $0.subscribers += difference }
    }

    /// Up to a page of events from `sequence` on, from memory if it has them, else from disk. Empty at the journal's end.
    /// - Parameter areDurable: Waits until what it returns is on disk.
    func events(from sequence: Int64, areDurable: Bool = false) async throws -> [EventRecord] {
        let end = end
        if areDurable, end > sequence { try await queue.flush() }
        if let events = state.withLock({ $0.ring.events(from: sequence, limit: Self.page) }) {
            return areDurable ? events.filter { $0.sequence < end } : events
        }
        // What is in memory may still be on its way to the disk.
        try await queue.settle()
        let bodies = try await store.writer.read { database in
            try Data.fetchAll(
                database, sql: "SELECT body FROM event WHERE sequence >= ? ORDER BY sequence LIMIT ?",
                arguments: [sequence, Self.page])
        }
        return try bodies.map { try StateCoding.decode(EventRecord.self, from: $0) }
    }

    /// Clocks are set back, and events told at the same time may be numbered in another order: nanoseconds that are allowed for that.
    private static let disorder: Int64 = 60_000_000_000

    /// Where to begin to look for the events since a time: before it is none of them.
    func position(of time: Int64) async throws -> Int64 {
        let wanted = max(time, Self.disorder) - Self.disorder
        let oldest = state.withLock { $0.ring.events(from: $0.ring.firstSequence, limit: 1)?.first }
        if let oldest, oldest.time < wanted { return oldest.sequence }
        try await queue.settle()
        return try await store.writer.read { database in
            let bounds = try Row.fetchOne(database, sql: "SELECT MIN(sequence), MAX(sequence) FROM event")
            guard var low: Int64 = bounds?[0], var high: Int64 = bounds?[1] else { return 0 }
            while low < high {
                let middle = low + (high - low) / 2
                guard let event = try Self.event(middle, in: database) else { break }
                if event.time < wanted { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private static func event(_ sequence: Int64, in database: Database) throws -> EventRecord? {
        let sql = "SELECT body FROM event WHERE sequence >= ? ORDER BY sequence LIMIT 1"
        return try Data.fetchOne(database, sql: sql, arguments: [sequence]).map { try StateCoding.decode(EventRecord.self, from: $0) }
    }

    /// Returns when there may be an event numbered `sequence`, or when the task is cancelled.
    func waitForEvents(from sequence: Int64) async {
        let ticket = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.ring.nextSequence <= sequence, !Task.isCancelled else { return false }
                    state.waiters[ticket] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume()
        }
    }
}
