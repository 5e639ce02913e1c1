// A network, in a list and in full.

/// One entry of the answer to list, and the answer to inspect.
public struct NetworkInspect: Codable, Sendable, Equatable {
    public var name: String
    public var id: String
    public var created: EngineTime
    /// `local`.
    public var scope: String
    public var driver: String
    public var enableIPv4: Bool
    public var enableIPv6: Bool
    public var ipam: NetworkIPAM
    @ZeroIfAbsent public var `internal`: Bool
    @ZeroIfAbsent public var attachable: Bool
    @ZeroIfAbsent public var ingress: Bool
    public var configFrom: ConfigReference
    @ZeroIfAbsent public var configOnly: Bool
    @ZeroIfAbsent public var options: [String: String]
    @ZeroIfAbsent public var labels: [String: String]
    /// By container ID; nil in a list.
    public var containers: [String: NetworkEndpoint]?
    /// From 1.52; older versions don't see it. nil in a list.
    public var status: NetworkStatus?

    public init(
        name: String, id: String, created: EngineTime, scope: String = "local", driver: String, enableIPv4: Bool = true,
        enableIPv6: Bool = false, ipam: NetworkIPAM
    ) {
        self.name = name
        self.id = id
        self.created = created
        self.scope = scope
        self.driver = driver
        self.enableIPv4 = enableIPv4
        self.enableIPv6 = enableIPv6
        self.ipam = ipam
        configFrom = ConfigReference()
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name", id = "Id", created = "Created", scope = "Scope", driver = "Driver", enableIPv4 = "EnableIPv4"
        case enableIPv6 = "EnableIPv6", ipam = "IPAM", `internal` = "Internal", attachable = "Attachable", ingress = "Ingress"
        case configFrom = "ConfigFrom", configOnly = "ConfigOnly", options = "Options", labels = "Labels", containers = "Containers",
            status = "Status"
    }
}

/// The network whose configuration another one takes.
public struct ConfigReference: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var network: String

    public init(network: String = "") { self.network = network }

    enum CodingKeys: String, CodingKey { case network = "Network" }
}

/// A network's address management.
public struct NetworkIPAM: Codable, Sendable, Equatable {
    public struct Pool: Codable, Sendable, Equatable {
        /// In CIDR notation.
        @OmittedIfZero public var subnet: String
        @OmittedIfZero public var ipRange: String
        @OmittedIfZero public var gateway: String
        @OmittedIfZero public var auxiliaryAddresses: [String: String]

        public init(subnet: String, gateway: String, ipRange: String = "", auxiliaryAddresses: [String: String] = [:]) {
            self.subnet = subnet
            self.ipRange = ipRange
            self.gateway = gateway
            self.auxiliaryAddresses = auxiliaryAddresses
        }

        enum CodingKeys: String, CodingKey {
            case subnet = "Subnet", ipRange = "IPRange", gateway = "Gateway", auxiliaryAddresses = "AuxiliaryAddresses"
        }
    }

    @ZeroIfAbsent public var driver: String
    @NullIfAbsent public var options: [String: String]?
    /// nil is written as null, as `host` and `none` have it.
    @NullIfAbsent public var config: [Pool]?

    public init(driver: String = "default", options: [String: String]? = nil, config: [Pool]?) {
        self.driver = driver
        self.options = options
        self.config = config
    }

    enum CodingKeys: String, CodingKey { case driver = "Driver", options = "Options", config = "Config" }
}

/// A container's place in a network.
public struct NetworkEndpoint: Codable, Sendable, Equatable {
    public var name: String
    public var endpointID: String
    public var macAddress: String
    /// With the prefix length.
    public var ipv4Address: String
    /// With the prefix length.
    public var ipv6Address: String

    public init(name: String, endpointID: String, macAddress: String, ipv4Address: String, ipv6Address: String) {
        self.name = name
        self.endpointID = endpointID
        self.macAddress = macAddress
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name", endpointID = "EndpointID", macAddress = "MacAddress", ipv4Address = "IPv4Address", ipv6Address = "IPv6Address"
    }
}
