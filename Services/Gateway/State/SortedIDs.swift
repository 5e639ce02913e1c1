// IDs in order, for look-up by prefix.

/// What a prefix stands for.
public enum PrefixMatch: Sendable, Equatable {
    case none
    case one(String)
    case ambiguous
}

/// A set of IDs kept sorted: a prefix is found by two comparisons beyond a binary search.
public struct SortedIDs: Sendable, Equatable {
    public private(set) var ids: [String]

    public init(_ ids: some Sequence<String> = []) {
        self.ids = Set(ids).sorted()
    }

    /// Does nothing when the ID is there.
    public mutating func insert(_ id: String) {
        let position = firstIndex(notBefore: id)
        guard position == ids.count || ids[position] != id else { return }
        ids.insert(id, at: position)
    }

    public mutating func remove(_ id: String) {
        let position = firstIndex(notBefore: id)
        guard position < ids.count, ids[position] == id else { return }
        ids.remove(at: position)
    }

    /// The one ID that begins with `prefix`. A whole ID always matches itself; an empty prefix matches nothing.
    public func match(_ prefix: String) -> PrefixMatch {
        guard !prefix.isEmpty else { return .none }
        let position = firstIndex(notBefore: prefix)
        guard position < ids.count, ids[position].hasPrefix(prefix) else { return .none }
        if ids[position] == prefix { return .one(prefix) }
        let next = position + 1
        return next < ids.count && ids[next].hasPrefix(prefix) ? .ambiguous : .one(ids[position])
    }

    private func firstIndex(notBefore id: String) -> Int {
        var low = 0
        var high = ids.count
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
