// All writes of the gateway's database, in order, many in one transaction.
import GRDB
import Logging
import Persistence
import Synchronization

/// Writes changes in the order they were handed over. Whatever gathers while one transaction is synchronised
/// to disk goes into the next one, so that many containers share the cost of a flush.
final class WriteQueue: Sendable {
    typealias Waiter = CheckedContinuation<Void, any Error>

    private struct Entry: Sendable {
        /// nil for a barrier, which is reached once everything before it is durable.
        var change: StateChange?
        var waiter: Waiter?
        /// Whether this barrier rethrows earlier write failures.
        var tellsOfLosses = true
    }

    private struct Pending: Sendable {
        var entries: [Entry] = []
        var isWriting = false
        /// Why a change nobody waited for was lost; told to the next one who asks for durability.
        var failure: (any Error)?
        /// Those that wait for the queue to get shorter.
        var blocked: [CheckedContinuation<Void, Never>] = []
    }

    /// Changes beyond which `waitForRoom` waits.
    static let bound = 4096
    /// Changes in one transaction.
    private static let batch = 512

    private let writer: any DatabaseWriter
    private let logger: Logger
    private let pending = Mutex(Pending())

    init(_ store: Store, logger: Logger) {
        writer = store.writer
        self.logger = logger
    }

    /// Hands a change over without waiting: durable within milliseconds, after everything handed over before.
    /// - Parameter waiter: is told when it is, or that it isn't; nobody else is told then.
    func append(_ change: StateChange, telling waiter: Waiter? = nil) {
        append(Entry(change: change, waiter: waiter))
    }

    /// Returns when the change, and everything handed over before it, is durable.
    func commit(_ change: StateChange) async throws {
        try await withCheckedThrowingContinuation { waiter in
            append(Entry(change: change, waiter: waiter))
        }
    }

    /// Returns when everything handed over so far is durable; throws when something could not be written.
    func flush() async throws {
        try await withCheckedThrowingContinuation { waiter in
            append(Entry(change: nil, waiter: waiter))
        }
    }

    /// Returns when everything handed over so far is written, or lost: that is told to who changed something.
    func settle() async throws {
        try await withCheckedThrowingContinuation { waiter in
            append(Entry(change: nil, waiter: waiter, tellsOfLosses: false))
        }
    }

    /// Waits while too much is on its way to a slow disk.
    func waitForRoom() async {
        guard pending.withLock({ $0.entries.count >= Self.bound }) else { return }
        await withCheckedContinuation { continuation in
            let mustWait = pending.withLock { pending in
                guard pending.entries.count >= Self.bound else { return false }
                pending.blocked.append(continuation)
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    private func append(_ entry: Entry) {
        let starts = pending.withLock { pending in
            pending.entries.append(entry)
            guard !pending.isWriting else { return false }
            pending.isWriting = true
            return true
        }
        if starts { writeNext() }
    }

    private func writeNext() {
        let (entries, blocked) = takeBatch()
        for continuation in blocked { continuation.resume() }
        guard !entries.isEmpty else { return }
        writer.asyncWrite(
            { database in
                for entry in entries { try entry.change?.apply(to: database) }
            },
            completion: { database, result in
                self.finish(entries, result, database)
                self.writeNext()
            })
    }

    private func takeBatch() -> ([Entry], [CheckedContinuation<Void, Never>]) {
        pending.withLock { pending in
            let entries = Array(pending.entries.prefix(Self.batch))
            pending.entries.removeFirst(entries.count)
            pending.isWriting = !entries.isEmpty
            guard pending.entries.count < Self.bound else { return (entries, []) }
            let blocked = pending.blocked
            pending.blocked = []
            return (entries, blocked)
        }
    }

    private func finish(_ entries: [Entry], _ result: Result<Void, any Error>, _ database: Database) {
        guard case .failure(let error) = result else {
            for entry in entries { resume(entry) }
            return
        }
        logger.error("A batch of changes could not be written; trying them one by one", metadata: ["error": "\(error)"])
        for entry in entries { retry(entry, database) }
    }

    /// One bad change must not take its neighbours with it.
    private func retry(_ entry: Entry, _ database: Database) {
        do {
            try database.inTransaction {
                try entry.change?.apply(to: database)
                return .commit
            }
            resume(entry)
        } catch {
            logger.error("A change could not be written", metadata: ["error": "\(error)"])
            if let waiter = entry.waiter {
                waiter.resume(throwing: error)
            } else {
                pending.withLock { $0.failure = error }
            }
        }
    }

    private func resume(_ entry: Entry) {
        guard let waiter = entry.waiter else { return }
        let failure = entry.change == nil && entry.tellsOfLosses ? takeFailure() : nil
        if let failure { waiter.resume(throwing: failure) } else { waiter.resume() }
    }

    private func takeFailure() -> (any Error)? {
        pending.withLock { pending in
            defer { pending.failure = nil }
            return pending.failure
        }
    }
}
