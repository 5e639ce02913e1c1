// The `filters` of list, prune and event requests.

/// Filter values by key, each key with at least one value.
///
/// Values of one key are alternatives, except that every `label` must match; different keys must all match.
public struct Filters: Sendable, Equatable {
    public private(set) var fields: [String: [String]]

    public init(_ fields: [String: [String]] = [:]) { self.fields = fields.filter { !$0.value.isEmpty } }

    public var isEmpty: Bool { fields.isEmpty }
    public var keys: [String] { fields.keys.sorted() }

    public func contains(_ key: String) -> Bool { fields[key] != nil }
    /// The key's values; empty when the key isn't among the filters.
    public func values(_ key: String) -> [String] { fields[key] ?? [] }

    /// Whether the key is absent, or one of its values is the given one.
    public func allows(_ key: String, _ value: String) -> Bool {
        guard let values = fields[key] else { return true }
        return values.contains(value)
    }

    /// Whether the key is absent, or one of its values is a prefix of the given one.
    public func allows(_ key: String, prefixOf value: String) -> Bool {
        guard let values = fields[key] else { return true }
        return values.contains { value.hasPrefix($0) }
    }

    /// Whether all `name` and `name=value` filters of the key are satisfied by the labels.
    public func allows(labels: [String: String], key: String = "label") -> Bool {
        values(key).allSatisfy { filter in
            let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let value = labels[parts[0]] else { return false }
            return parts.count == 1 || value == parts[1]
        }
    }
}
