// The documents within the answer to info.

/// The drivers there are, by kind.
public struct PluginsInfo: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var volume: [String]
    @ZeroIfAbsent public var network: [String]
    /// nil is written as null.
    @NullIfAbsent public var authorization: [String]?
    @ZeroIfAbsent public var log: [String]

    public init(volume: [String] = [], network: [String] = [], log: [String] = []) {
        self.volume = volume
        self.network = network
        self.log = log
    }

    enum CodingKeys: String, CodingKey { case volume = "Volume", network = "Network", authorization = "Authorization", log = "Log" }
}

/// The registries the engine knows.
public struct RegistryConfig: Codable, Sendable, Equatable {
    public struct Index: Codable, Sendable, Equatable {
        public var name: String
        public var mirrors: [String]
        public var secure: Bool
        public var official: Bool

        public init(name: String, mirrors: [String] = [], secure: Bool = true, official: Bool = false) {
            self.name = name
            self.mirrors = mirrors
            self.secure = secure
            self.official = official
        }

        enum CodingKeys: String, CodingKey { case name = "Name", mirrors = "Mirrors", secure = "Secure", official = "Official" }
    }

    /// Before 1.49, as the next.
    public var allowNondistributableArtifactsCIDRs: [String]?
    public var allowNondistributableArtifactsHostnames: [String]?
    @ZeroIfAbsent public var insecureRegistryCIDRs: [String]
    @ZeroIfAbsent public var indexConfigs: [String: Index]
    @ZeroIfAbsent public var mirrors: [String]

    public init() {}

    enum CodingKeys: String, CodingKey {
        case allowNondistributableArtifactsCIDRs = "AllowNondistributableArtifactsCIDRs"
        case allowNondistributableArtifactsHostnames = "AllowNondistributableArtifactsHostnames"
        case insecureRegistryCIDRs = "InsecureRegistryCIDRs", indexConfigs = "IndexConfigs", mirrors = "Mirrors"
    }
}

/// A runtime that containers can be run by.
public struct RuntimeInfo: Codable, Sendable, Equatable {
    public var path: String

    public init(path: String) { self.path = path }
}

/// The place in a swarm: none.
public struct SwarmInfo: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var nodeID: String
    @ZeroIfAbsent public var nodeAddr: String
    public var localNodeState = "inactive"
    @ZeroIfAbsent public var controlAvailable: Bool
    @ZeroIfAbsent public var error: String
    @NullIfAbsent public var remoteManagers: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case nodeID = "NodeID", nodeAddr = "NodeAddr", localNodeState = "LocalNodeState", controlAvailable = "ControlAvailable"
        case error = "Error", remoteManagers = "RemoteManagers"
    }
}

/// The version of a tool the engine runs.
public struct CommitInfo: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var id: String
    /// Before 1.49.
    public var expected: String?

    public init() {}

    enum CodingKeys: String, CodingKey { case id = "ID", expected = "Expected" }
}

/// A range that networks are cut from.
public struct AddressPoolInfo: Codable, Sendable, Equatable {
    /// In CIDR notation.
    public var base: String
    /// The prefix length of each network.
    public var size: Int

    public init(base: String, size: Int) {
        self.base = base
        self.size = size
    }

    enum CodingKeys: String, CodingKey { case base = "Base", size = "Size" }
}

/// What filters packets.
public struct FirewallInfo: Codable, Sendable, Equatable {
    public var driver: String

    public init(driver: String) { self.driver = driver }

    enum CodingKeys: String, CodingKey { case driver = "Driver" }
}
