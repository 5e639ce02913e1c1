// How containers are found: by ID, by a prefix of it, by name; and who holds which name.
public import RPC

/// The containers of the engine and the names they hold. Pure bookkeeping.
///
/// A name is reserved before its container exists, so that two creates never fight over it half-way.
public struct ContainerIndex: Sendable {
    private var records: [String: ContainerRecord] = [:]
    private var ids = SortedIDs()
    /// Name to the ID of its holder, reserved ones included.
    private var names: [String: String] = [:]

    public init(_ records: [ContainerRecord] = []) {
        for record in records {
            self.records[record.id] = record
            names[record.name] = record.id
        }
        ids = SortedIDs(self.records.keys)
    }

    public var count: Int { records.count }
    public var all: [ContainerRecord] { Array(records.values) }

    public subscript(id: String) -> ContainerRecord? { records[id] }

    /// Finds by whole ID, then by name (with or without its slash), then by prefix of the ID.
    /// Errors: notFound; `invalidParameter` for an ambiguous prefix.
    public func find(_ reference: String) throws(RPCError) -> ContainerRecord {
        if let record = records[reference] { return record }
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        if let id = names[name], let record = records[id] { return record }
        switch ids.match(reference) {
        case .one(let id):
            if let record = records[id] { return record }
        case .ambiguous:
            throw RPCError(.invalidParameter, "multiple IDs found with provided prefix: \(reference)")
        case .none:
            break
        }
        throw RPCError(.notFound, "No such container: \(reference)")
    }

    /// Errors: conflict, with the holder's ID in Docker's words.
    public mutating func reserve(name: String, for id: String) throws(RPCError) {
        if let holder = names[name], holder != id {
            throw RPCError(
                .conflict,
                """
                Conflict. The container name "/\(name)" is already in use by container "\(holder)". \
                You have to remove (or rename) that container to be able to reuse that name.
                """)
        }
        names[name] = id
    }

    /// Gives a name up, if it is still the container's.
    public mutating func release(name: String, of id: String) {
        guard names[name] == id else { return }
        names[name] = nil
    }

    /// Adds a container, or replaces what is known of it, and what was made from that.
    public mutating func put(_ record: ContainerRecord) {
        var record = record
        record.memo = RecordMemo()
        if let old = records.updateValue(record, forKey: record.id) {
            if old.name != record.name { release(name: old.name, of: record.id) }
        } else {
            ids.insert(record.id)
        }
        names[record.name] = record.id
    }

    @discardableResult
    public mutating func remove(_ id: String) -> ContainerRecord? {
        guard let record = records.removeValue(forKey: id) else { return nil }
        ids.remove(id)
        release(name: record.name, of: id)
        return record
    }
}
