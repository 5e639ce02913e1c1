// The methods of the network service that are about a container's membership of one network.
import RPC

/// A link of one endpoint: an alias for another container.
public struct EndpointLink: Codable, Sendable, Equatable {
    /// The other container's name on this network, now or later: it is looked up whenever the alias is. Nil in records of earlier versions.
    public var name: String?
    /// The ID of the container that had the name when the link was made. The link keeps meaning that container if it is renamed, and then
    /// no other container of that name. Nil when no container had the name.
    public var containerID: String?
    public var alias: String
    public init(name: String?, containerID: String?, alias: String) {
        self.name = name
        self.containerID = containerID
        self.alias = alias
    }
}

/// A container's membership of one network, as asked for.
public struct EndpointRequest: Codable, Sendable, Equatable {
    /// Name or ID.
    public var network: String
    /// Static addresses; nil for any.
    public var ipv4Address: String?
    public var ipv6Address: String?
    public var macAddress: String?
    public var aliases: [String]
    /// Further addresses of the interface.
    public var linkLocalAddresses: [String] = []
    public var links: [EndpointLink] = []
    /// Docker's option keys: `com.docker.network.endpoint.sysctls`…
    public var driverOptions: [String: String] = [:]
    /// The endpoint with the highest gives the default route; among equals, the first by network name.
    public var gatewayPriority: Int64 = 0

    public init(
        network: String, ipv4Address: String? = nil, ipv6Address: String? = nil, macAddress: String? = nil, aliases: [String] = []
    ) {
        self.network = network
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
        self.macAddress = macAddress
        self.aliases = aliases
    }
}

/// A container's membership of one network, as it came to be.
public struct EndpointRecord: Codable, Sendable, Equatable {
    public var networkName: String
    public var networkID: String
    /// 64 hexadecimal digits.
    public var endpointID: String
    /// `eth0`…
    public var interface: String
    public var macAddress: String
    /// Empty on a network without IPv4.
    public var ipv4Address: String
    public var ipv4PrefixLength: Int32
    public var ipv4Gateway: String
    public var ipv6Address: String
    public var ipv6PrefixLength: Int32
    public var ipv6Gateway: String
    /// The names that lead to it on this network, the one that its address leads back to first; none on the default network.
    /// Nil in records of earlier versions.
    public var dnsNames: [String]?
    public var links: [EndpointLink]?
    /// The network's driver. Nil in records of earlier versions.
    public var driver: String?
    public init(
        networkName: String, networkID: String, endpointID: String, interface: String, macAddress: String, ipv4Address: String,
        ipv4PrefixLength: Int32, ipv4Gateway: String, ipv6Address: String = "", ipv6PrefixLength: Int32 = 0, ipv6Gateway: String = "",
        dnsNames: [String]? = nil, links: [EndpointLink]? = nil, driver: String? = nil
    ) {
        self.networkName = networkName
        self.networkID = networkID
        self.endpointID = endpointID
        self.interface = interface
        self.macAddress = macAddress
        self.ipv4Address = ipv4Address
        self.ipv4PrefixLength = ipv4PrefixLength
        self.ipv4Gateway = ipv4Gateway
        self.ipv6Address = ipv6Address
        self.ipv6PrefixLength = ipv6PrefixLength
        self.ipv6Gateway = ipv6Gateway
        self.dnsNames = dnsNames
        self.links = links
        self.driver = driver
    }
}

/// Which names lead to a container.
public enum EndpointNames {
    /// The container's name, its aliases on the network, its short ID and its hostname; each once, in this order.
    public static func all(containerName: String, aliases: [String], containerID: String, hostname: String) -> [String] {
        var names: [String] = []
        for name in [containerName] + aliases + [String(containerID.prefix(12)), hostname] where !name.isEmpty && !names.contains(name) {
            names.append(name)
        }
        return names
    }
}

/// Puts a container that has a sandbox on one more network.
/// Errors: notFound for the sandbox or the network; forbidden when it is on the network already, or an address is in use;
/// `invalidParameter` for what the network can't give.
public enum ConnectEndpoint: RPCMethod {
    public static let name = "network.endpoint.connect"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var endpoint: EndpointRequest
        /// The container's ports, published with the first network that leads to the outside.
        public var ports: [PortBinding]
        public init(containerID: String, endpoint: EndpointRequest, ports: [PortBinding]) {
            self.containerID = containerID
            self.endpoint = endpoint
            self.ports = ports
        }
    }
    public typealias Response = SandboxRecord
}

/// Takes a container off a network, given by its ID or name. Succeeds when it isn't on it, or has no sandbox.
public enum DisconnectEndpoint: RPCMethod {
    public static let name = "network.endpoint.disconnect"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var network: String
        public init(containerID: String, network: String) {
            self.containerID = containerID
            self.network = network
        }
    }
    public struct Response: Codable, Sendable {
        /// Nil when the container has none.
        public var sandbox: SandboxRecord?
        public init(sandbox: SandboxRecord?) { self.sandbox = sandbox }
    }
}

/// Gives a container that may have a sandbox another name.
public enum RenameSandbox: RPCMethod {
    public static let name = "network.sandbox.rename"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var containerName: String
        public init(containerID: String, containerName: String) {
            self.containerID = containerID
            self.containerName = containerName
        }
    }
    /// The same as that of `DisconnectEndpoint`.
    public typealias Response = DisconnectEndpoint.Response
}

/// Replaces the links of a container's sandbox. Does nothing when it has none.
public enum RelinkSandbox: RPCMethod {
    public static let name = "network.sandbox.relink"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var links: [SandboxLink]
        public init(containerID: String, links: [SandboxLink]) {
            self.containerID = containerID
            self.links = links
        }
    }
    public typealias Response = RPCNothing
}
