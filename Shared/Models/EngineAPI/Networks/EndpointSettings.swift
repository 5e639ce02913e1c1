// A container's membership of a network: as asked for, and as it came to be.

/// One entry of `EndpointsConfig` in create, and of `Networks` in inspect and list.
public struct EndpointSettings: Codable, Sendable, Equatable {
    @NullIfAbsent public var ipamConfig: EndpointIPAMConfig?
    @NullIfAbsent public var links: [String]?
    @NullIfAbsent public var aliases: [String]?
    @ZeroIfAbsent public var macAddress: String
    @NullIfAbsent public var driverOpts: [String: String]?
    /// The endpoint with the highest priority gives the default route; from 1.48.
    @ZeroIfAbsent public var gwPriority: Int
    @ZeroIfAbsent public var networkID: String
    @ZeroIfAbsent public var endpointID: String
    @ZeroIfAbsent public var gateway: String
    @ZeroIfAbsent public var ipAddress: String
    @ZeroIfAbsent public var ipPrefixLen: Int
    @ZeroIfAbsent public var ipv6Gateway: String
    @ZeroIfAbsent public var globalIPv6Address: String
    @ZeroIfAbsent public var globalIPv6PrefixLen: Int
    @NullIfAbsent public var dnsNames: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case ipamConfig = "IPAMConfig", links = "Links", aliases = "Aliases", macAddress = "MacAddress", driverOpts = "DriverOpts"
        case gwPriority = "GwPriority", networkID = "NetworkID", endpointID = "EndpointID", gateway = "Gateway", ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen", ipv6Gateway = "IPv6Gateway", globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen", dnsNames = "DNSNames"
    }
}

/// The addresses an endpoint is to have.
public struct EndpointIPAMConfig: Codable, Sendable, Equatable {
    @OmittedIfZero public var ipv4Address: String
    @OmittedIfZero public var ipv6Address: String
    @OmittedIfZero public var linkLocalIPs: [String]

    public init() {}

    enum CodingKeys: String, CodingKey {
        case ipv4Address = "IPv4Address", ipv6Address = "IPv6Address", linkLocalIPs = "LinkLocalIPs"
    }
}

/// `NetworkingConfig` of create.
public struct NetworkingConfig: Codable, Sendable, Equatable {
    /// Endpoints by network name or ID; a null endpoint asks for nothing in particular.
    @NullIfAbsent public var endpointsConfig: [String: EndpointSettings?]?

    public init(endpointsConfig: [String: EndpointSettings?]? = nil) { self.endpointsConfig = endpointsConfig }

    enum CodingKeys: String, CodingKey { case endpointsConfig = "EndpointsConfig" }
}
