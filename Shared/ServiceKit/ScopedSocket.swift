// Sockets for clients that may not do everything: what daemon.json's key `scoped-sockets` says.

/// A socket of the Engine API with a policy. What it doesn't allow expressly is forbidden.
public struct ScopedSocket: Sendable, Equatable {
    /// Absolute.
    public var path: String
    /// Name or number of the group that may use it; nil for the API's own.
    public var group: String?
    /// Nothing is changed: no request but those that read.
    public var isReadOnly: Bool
    /// Containers, networks and volumes without these labels don't exist; those that are made get them. Empty for no such limit.
    public var labels: [String: String]
    /// Containers may be privileged, have more capabilities and devices than others, and share the host's namespaces.
    public var allowsPrivileged: Bool
    /// Containers may have files of the host mounted.
    public var allowsHostMounts: Bool
    /// The values of environment variables aren't shown: many a secret is among them.
    public var masksEnvironment: Bool
    /// Bytes that each container may have; nil for no limit.
    public var memory: Int64?
    /// Processors that each container may keep busy; nil for no limit.
    public var cpus: Double?
    /// Processes of each container; nil for no limit.
    public var pids: Int64?
    /// Containers that there may be with the labels; nil for no limit.
    public var containers: Int?

    public init(
        path: String, group: String? = nil, isReadOnly: Bool = false, labels: [String: String] = [:], allowsPrivileged: Bool = false,
        allowsHostMounts: Bool = false, masksEnvironment: Bool = false, memory: Int64? = nil, cpus: Double? = nil, pids: Int64? = nil,
        containers: Int? = nil
    ) {
        self.path = path
        self.group = group
        self.isReadOnly = isReadOnly
        self.labels = labels
        self.allowsPrivileged = allowsPrivileged
        self.allowsHostMounts = allowsHostMounts
        self.masksEnvironment = masksEnvironment
        self.memory = memory
        self.cpus = cpus
        self.pids = pids
        self.containers = containers
    }
}

extension ScopedSocket {
    /// What the socket is called that a supervisor opens for it: the path, so that nothing else is served there.
    public var descriptorName: String { path.replacing("%", with: "%25").replacing(":", with: "%3A") }
}

extension ScopedSocket: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case path, group
        case isReadOnly = "read-only"
        case labels
        case allowsPrivileged = "privileged"
        case allowsHostMounts = "host-mounts"
        case masksEnvironment = "mask-environment"
        case memory, cpus, pids, containers
    }

    public init(from decoder: any Decoder) throws {
        let known = Set(Key.allCases.map(\.rawValue))
        if let stranger = try decoder.container(keyedBy: AnyName.self).allKeys.map(\.stringValue).sorted().first(where: {
            !known.contains($0)
        }) {
            throw ConfigurationError("unknown key '\(stranger)' in scoped-sockets; remove it")
        }
        let container = try decoder.container(keyedBy: Key.self)
        func flag(_ key: Key) throws -> Bool { try container.decodeIfPresent(Bool.self, forKey: key) ?? false }
        self.init(
            path: try container.decode(String.self, forKey: .path), group: try container.decodeIfPresent(String.self, forKey: .group),
            isReadOnly: try flag(.isReadOnly), labels: try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:],
            allowsPrivileged: try flag(.allowsPrivileged), allowsHostMounts: try flag(.allowsHostMounts),
            masksEnvironment: try flag(.masksEnvironment), memory: try container.decodeIfPresent(Int64.self, forKey: .memory),
            cpus: try container.decodeIfPresent(Double.self, forKey: .cpus),
            pids: try container.decodeIfPresent(Int64.self, forKey: .pids),
            containers: try container.decodeIfPresent(Int.self, forKey: .containers))
        guard path.hasPrefix("/") else { throw ConfigurationError("scoped-sockets: '\(path)' must be an absolute path") }
        guard containers == nil || !labels.isEmpty else {
            throw ConfigurationError("scoped-sockets: '\(path)' counts containers by its labels: give it some")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(path, forKey: .path)
        try container.encodeIfPresent(group, forKey: .group)
        try container.encode(isReadOnly, forKey: .isReadOnly)
        try container.encode(labels, forKey: .labels)
        try container.encode(allowsPrivileged, forKey: .allowsPrivileged)
        try container.encode(allowsHostMounts, forKey: .allowsHostMounts)
        try container.encode(masksEnvironment, forKey: .masksEnvironment)
        try container.encodeIfPresent(memory, forKey: .memory)
        try container.encodeIfPresent(cpus, forKey: .cpus)
        try container.encodeIfPresent(pids, forKey: .pids)
        try container.encodeIfPresent(containers, forKey: .containers)
    }

    private struct AnyName: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
