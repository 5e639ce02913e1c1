// All containers: read from memory, written to disk.
import Foundation
import GRDB
import Logging
public import Persistence
public import RPC
import Synchronization

/// The engine's containers.
///
/// Reads are answered from immutable snapshots and wait for nothing. A change is visible at once and on its way to
/// disk in the same order; the durable variants return only when it is there.
public final class ContainerStore: Sendable {
    public let journal: EventJournal
    /// A UUID made at the first start: `docker info`'s ID.
    public let engineID: String
    /// The boot in which the engine last looked after its containers; nil for a new engine.
    public let lastBoot: String?
    /// What the last gateway was about to make for containers that it has no record of: names of volumes by container ID.
    public let intentions: [String: [String]]
    /// Containers whose records this version can't read: they are kept for one that can, and their names are free.
    public let unreadable: [UnreadableRecord]
    private let index: Mutex<ContainerIndex>
    private let queue: WriteQueue
    private let store: Store

    /// Opens the database at `path` and loads every record.
    public convenience init(path: String, logger: Logger) throws {
        try self.init(Store(path: path, migrations: StateSchema.migrations), logger: logger)
    }

    public init(_ store: Store, logger: Logger) throws {
        self.store = store
        queue = WriteQueue(store, logger: logger)
        journal = try EventJournal(store: store, queue: queue)
        engineID = try store.writer.write(Self.engineID)
        lastBoot = try store.writer.read { try String.fetchOne($0, sql: "SELECT value FROM engine WHERE key = 'boot'") }
        intentions = try store.writer.read(Self.intentions)
        let loaded = try store.writer.write(RecordLoading.load)
        unreadable = loaded.unreadable
        index = Mutex(ContainerIndex(loaded.records))
        for record in unreadable {
            logger.error(
                "A container's record can't be read and is set aside",
                metadata: ["container": "\(record.id)", "name": "\(record.name)", "error": "\(record.reason)"])
        }
    }

    // MARK: Reads

    /// Errors: notFound; `invalidParameter` for an ambiguous prefix.
    public func find(_ reference: String) throws(RPCError) -> ContainerRecord {
        let result = index.withLock { index in Result { () throws(RPCError) in try index.find(reference) } }
        return try result.get()
    }

    public subscript(id: String) -> ContainerRecord? { index.withLock { $0[id] } }
    /// In no order.
    public var all: [ContainerRecord] { index.withLock { $0.all } }

    // MARK: Names

    /// Errors: conflict when another container has the name.
    public func reserve(name: String, for id: String) throws(RPCError) {
        let result = index.withLock { index in Result { () throws(RPCError) in try index.reserve(name: name, for: id) } }
        try result.get()
    }

    public func release(name: String, of id: String) {
        index.withLock { $0.release(name: name, of: id) }
    }

    // MARK: Changes

    /// Adds a container: durable first, visible afterwards.
    public func insert(_ record: ContainerRecord) async throws {
        await queue.waitForRoom()
        try await queue.commit(.insert(record))
        index.withLock { $0.put(record) }
    }

    /// Changes a container's state; durable within milliseconds. Nil when there is no such container.
    @discardableResult
    public func update(_ id: String, _ change: (inout RunState) -> Void) -> ContainerRecord? {
        index.withLock { index in
            guard var record = index[id] else { return nil }
            change(&record.state)
            index.put(record)
            // Under the lock: on disk, too, the last change is the last.
            queue.append(.state(id: id, record.state))
            return record
        }
    }

    /// Changes what changes often and means little after a crash: on disk with the next change of another kind.
    public func note(_ id: String, _ change: (inout RunState) -> Void) {
        index.withLock { index in
            guard var record = index[id] else { return }
            change(&record.state)
            index.put(record)
        }
    }

    /// Like `update`, but returns when the change is durable; throws when it, and no other, could not be written.
    @discardableResult
    public func updateDurably(_ id: String, _ change: (inout RunState) -> Void) async throws -> ContainerRecord? {
        try await changeDurably(id) { record in
            change(&record.state)
            return .state(id: id, record.state)
        }
    }

    /// Changes a container's name, networks or resources; durable when it returns.
    @discardableResult
    public func redefine(_ id: String, _ change: (inout ContainerDefinition) -> Void) async throws -> ContainerRecord? {
        try await changeDurably(id) { record in
            change(&record.definition)
            return .redefine(record)
        }
    }

    private func changeDurably(_ id: String, _ change: (inout ContainerRecord) -> StateChange) async throws -> ContainerRecord? {
        var changed: ContainerRecord?
        try await withCheckedThrowingContinuation { (waiter: WriteQueue.Waiter) in
            changed = index.withLock { index in
                guard var record = index[id] else { return nil }
                let change = change(&record)
                index.put(record)
                queue.append(change, telling: waiter)
                return record
            }
            if changed == nil { waiter.resume() }
        }
        return changed
    }

    /// Forgets a container; its name is free at once. Durable within milliseconds.
    public func remove(_ id: String) {
        index.withLock { index in
            guard index.remove(id) != nil else { return }
            queue.append(.delete(id: id))
        }
    }

    /// Keeps the steps of a container's last operations in place of those kept before. Durable within milliseconds.
    public func keep(trace spans: [Span], of id: String) {
        index.withLock { index in
            // After the record nothing would remove them.
            guard index[id] != nil else { return }
            queue.append(.trace(id: id, spans))
        }
    }

    /// What was kept so, also by an earlier gateway.
    public func keptTrace(of id: String) async throws -> [Span] {
        let body = try await store.writer.read { database in
            try Data.fetchOne(database, sql: "SELECT spans FROM trace WHERE id = ?", arguments: [id])
        }
        return try body.map { try StateCoding.decode([Span].self, from: $0) } ?? []
    }

    /// Forgets older events, as the journal does by itself once it is long.
    func forgetEvents(before sequence: Int64) { queue.append(.forgetEvents(before: sequence)) }

    /// Notes what is about to be made for a container, before it is made; durable when it returns.
    public func intend(_ id: String, volumes: [String]) async throws {
        guard !volumes.isEmpty else { return }
        try await queue.commit(.intend(id: id, volumes: volumes))
    }

    /// What was intended for a container has been taken back.
    public func giveUp(_ id: String) { queue.append(.giveUp(id: id)) }

    /// Durable within milliseconds.
    public func setBoot(_ id: String) { queue.append(.boot(id)) }

    /// Returns when everything changed so far is durable.
    public func flush() async throws {
        try await queue.flush()
    }

    // MARK: Loading

    private static func engineID(_ database: Database) throws -> String {
        if let id = try String.fetchOne(database, sql: "SELECT value FROM engine WHERE key = 'id'") { return id }
        let id = UUID().uuidString.lowercased()
        try database.execute(sql: "INSERT INTO engine (key, value) VALUES ('id', ?)", arguments: [id])
        return id
    }

    private static func intentions(_ database: Database) throws -> [String: [String]] {
        try Row.fetchAll(database, sql: "SELECT id, volumes FROM intention").reduce(into: [:]) { intentions, row in
            intentions[row["id"]] = (try? StateCoding.decode([String].self, from: row["volumes"])) ?? []
        }
    }
}
