// What clients ask of networks, and what they are answered.

/// The body of network create.
public struct NetworkCreateRequest: Codable, Sendable, Equatable {
    public var name: String
    @ZeroIfAbsent public var driver: String
    @ZeroIfAbsent public var scope: String
    @NullIfAbsent public var enableIPv4: Bool?
    @NullIfAbsent public var enableIPv6: Bool?
    @ZeroIfAbsent public var `internal`: Bool
    @ZeroIfAbsent public var attachable: Bool
    @ZeroIfAbsent public var ingress: Bool
    @ZeroIfAbsent public var configOnly: Bool
    @NullIfAbsent public var configFrom: ConfigReference?
    @NullIfAbsent public var ipam: NetworkIPAM?
    @ZeroIfAbsent public var options: [String: String]
    @ZeroIfAbsent public var labels: [String: String]

    public init(name: String) { self.name = name }

    enum CodingKeys: String, CodingKey {
        case name = "Name", driver = "Driver", scope = "Scope", enableIPv4 = "EnableIPv4", enableIPv6 = "EnableIPv6"
        case `internal` = "Internal", attachable = "Attachable", ingress = "Ingress", configOnly = "ConfigOnly", configFrom = "ConfigFrom"
        case ipam = "IPAM", options = "Options", labels = "Labels"
    }
}

/// The answer to network create.
public struct NetworkCreateResponse: Codable, Sendable, Equatable {
    public var id: String
    /// Empty for none.
    public var warning: String

    public init(id: String, warning: String) {
        self.id = id
        self.warning = warning
    }

    enum CodingKeys: String, CodingKey { case id = "Id", warning = "Warning" }
}

/// The body of network connect.
public struct NetworkConnectRequest: Codable, Sendable, Equatable {
    /// Name, ID or prefix of one.
    @ZeroIfAbsent public var container: String
    @NullIfAbsent public var endpointConfig: EndpointSettings?

    public init(container: String, endpointConfig: EndpointSettings? = nil) {
        self.container = container
        self.endpointConfig = endpointConfig
    }

    enum CodingKeys: String, CodingKey { case container = "Container", endpointConfig = "EndpointConfig" }
}

/// The body of network disconnect.
public struct NetworkDisconnectRequest: Codable, Sendable, Equatable {
    /// Name, ID or prefix of one.
    @ZeroIfAbsent public var container: String
    @ZeroIfAbsent public var force: Bool

    public init(container: String, force: Bool = false) {
        self.container = container
        self.force = force
    }

    enum CodingKeys: String, CodingKey { case container = "Container", force = "Force" }
}

/// The answer to network prune.
public struct NetworkPruneResponse: Codable, Sendable, Equatable {
    /// Names; null for none.
    @NullIfAbsent public var networksDeleted: [String]?

    public init(networksDeleted: [String]) {
        if !networksDeleted.isEmpty { self.networksDeleted = networksDeleted }
    }

    enum CodingKeys: String, CodingKey { case networksDeleted = "NetworksDeleted" }
}
