// Which IDs of the host the IDs in a user namespace are.

/// A run of IDs, one after another on both sides.
public struct IDRange: Codable, Sendable, Equatable, Hashable {
    /// The first ID in the namespace or, for a mount, in the file system.
    public var inside: UInt32
    /// The first ID on the host.
    public var outside: UInt32
    public var count: UInt32

    public init(inside: UInt32, outside: UInt32, count: UInt32) {
        self.inside = inside
        self.outside = outside
        self.count = count
    }

    /// `0:100000:65536`
    public var text: String { "\(inside):\(outside):\(count)" }
}

/// The IDs of a user namespace, or of a mount that shows its files under other owners.
public struct IDMap: Codable, Sendable, Equatable, Hashable {
    public var users: [IDRange]
    public var groups: [IDRange]

    public init(users: [IDRange], groups: [IDRange]) {
        self.users = users
        self.groups = groups
    }

    /// The same IDs for users and groups, from 0 on.
    public init(first: UInt32, count: UInt32) {
        let range = IDRange(inside: 0, outside: first, count: count)
        self.init(users: [range], groups: [range])
    }
}

extension [IDRange] {
    /// The host's ID; nil for one that isn't mapped.
    public func outside(of id: UInt32) -> UInt32? {
        first { id >= $0.inside && id - $0.inside < $0.count }.map { $0.outside + (id - $0.inside) }
    }

    /// The ID in the namespace; nil for one that isn't mapped.
    public func inside(of id: UInt32) -> UInt32? {
        first { id >= $0.outside && id - $0.outside < $0.count }.map { $0.inside + (id - $0.outside) }
    }

    /// The map in the form that `/proc/<pid>/uid_map` takes.
    public var kernelText: String { map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined() }
}
