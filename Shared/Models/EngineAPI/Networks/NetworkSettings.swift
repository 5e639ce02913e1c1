// A container's network as inspect tells it.

/// `NetworkSettings` of inspect.
public struct NetworkSettings: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var sandboxID: String
    /// The path of the network namespace.
    @ZeroIfAbsent public var sandboxKey: String
    @ZeroIfAbsent public var ports: PortMap
    @ZeroIfAbsent public var networks: [String: EndpointSettings]
    /// What clients before 1.52 read of the default network; written by the API layer alone.
    public var legacy: LegacyNetworkSettings?

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case sandboxID = "SandboxID", sandboxKey = "SandboxKey", ports = "Ports", networks = "Networks"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        _sandboxID = try container.decode(ZeroIfAbsent<String>.self, forKey: .sandboxID)
        _sandboxKey = try container.decode(ZeroIfAbsent<String>.self, forKey: .sandboxKey)
        _ports = try container.decode(ZeroIfAbsent<PortMap>.self, forKey: .ports)
        _networks = try container.decode(ZeroIfAbsent<[String: EndpointSettings]>.self, forKey: .networks)
    }

    public func encode(to encoder: any Encoder) throws {
        try legacy?.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(sandboxID, forKey: .sandboxID)
        try container.encode(sandboxKey, forKey: .sandboxKey)
        try container.encode(ports, forKey: .ports)
        try container.encode(networks, forKey: .networks)
    }
}

/// The fields that `NetworkSettings` had at its top level before 1.52: the endpoint on the default bridge.
public struct LegacyNetworkSettings: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var bridge: String
    @ZeroIfAbsent public var hairpinMode: Bool
    @ZeroIfAbsent public var linkLocalIPv6Address: String
    @ZeroIfAbsent public var linkLocalIPv6PrefixLen: Int
    @NullIfAbsent public var secondaryIPAddresses: [String]?
    @NullIfAbsent public var secondaryIPv6Addresses: [String]?
    @ZeroIfAbsent public var endpointID: String
    @ZeroIfAbsent public var gateway: String
    @ZeroIfAbsent public var globalIPv6Address: String
    @ZeroIfAbsent public var globalIPv6PrefixLen: Int
    @ZeroIfAbsent public var ipAddress: String
    @ZeroIfAbsent public var ipPrefixLen: Int
    @ZeroIfAbsent public var ipv6Gateway: String
    @ZeroIfAbsent public var macAddress: String

    public init(of endpoint: EndpointSettings?) {
        guard let endpoint else { return }
        endpointID = endpoint.endpointID
        gateway = endpoint.gateway
        globalIPv6Address = endpoint.globalIPv6Address
        globalIPv6PrefixLen = endpoint.globalIPv6PrefixLen
        ipAddress = endpoint.ipAddress
        ipPrefixLen = endpoint.ipPrefixLen
        ipv6Gateway = endpoint.ipv6Gateway
        macAddress = endpoint.macAddress
    }

    enum CodingKeys: String, CodingKey {
        case bridge = "Bridge", hairpinMode = "HairpinMode", linkLocalIPv6Address = "LinkLocalIPv6Address"
        case linkLocalIPv6PrefixLen = "LinkLocalIPv6PrefixLen", secondaryIPAddresses = "SecondaryIPAddresses"
        case secondaryIPv6Addresses = "SecondaryIPv6Addresses", endpointID = "EndpointID", gateway = "Gateway"
        case globalIPv6Address = "GlobalIPv6Address", globalIPv6PrefixLen = "GlobalIPv6PrefixLen", ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen", ipv6Gateway = "IPv6Gateway", macAddress = "MacAddress"
    }
}
