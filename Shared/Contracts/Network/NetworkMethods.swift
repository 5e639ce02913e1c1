// The methods of the network service that are about networks.
import RPC

/// A network as the service knows it.
public struct NetworkRecord: Codable, Sendable, Equatable {
    /// A subnet of a network, with what is set aside in it.
    public struct Pool: Codable, Sendable, Equatable {
        /// In CIDR notation; empty in a request to have one chosen.
        public var subnet: String
        /// Where dynamic addresses come from, in CIDR notation; empty for the whole subnet.
        public var ipRange: String
        /// Empty in a request to have one chosen, and in a record of a network without one.
        public var gateway: String
        /// Addresses that are never given out, by the names the user has for them.
        public var auxiliaryAddresses: [String: String]
        public init(subnet: String, gateway: String, ipRange: String = "", auxiliaryAddresses: [String: String] = [:]) {
            self.subnet = subnet
            self.ipRange = ipRange
            self.gateway = gateway
            self.auxiliaryAddresses = auxiliaryAddresses
        }
    }
    public var id: String
    public var name: String
    /// `bridge`, `macvlan`, `ipvlan`, `host` or `null`.
    public var driver: String
    /// Nanoseconds since 1970.
    public var createdAt: Int64
    public var pools: [Pool]
    /// Docker's option keys: `com.docker.network.bridge.name`…
    public var options: [String: String]
    public var labels: [String: String] = [:]
    public var enablesIPv4 = true
    public var enablesIPv6 = false
    /// Cut off from everything but its own containers.
    public var isInternal = false
    public var isAttachable = false
    /// A template for other networks, without anything in the kernel.
    public var isConfigurationOnly = false
    /// Name of the template it was made from; empty for none.
    public var configurationSource = ""
    public var ipamOptions: [String: String] = [:]

    public init(id: String, name: String, driver: String, createdAt: Int64, pools: [Pool], options: [String: String]) {
        self.id = id
        self.name = name
        self.driver = driver
        self.createdAt = createdAt
        self.pools = pools
        self.options = options
    }
}

/// Every network, the predefined `bridge`, `host` and `none` included.
public enum ListNetworks: RPCMethod {
    public static let name = "network.list"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var networks: [NetworkRecord]
        public init(networks: [NetworkRecord]) { self.networks = networks }
    }
}

/// Makes a network; durable, and there in the kernel, when it returns.
/// Errors: conflict for a name that is taken; forbidden for a predefined one and for a subnet that overlaps another network's;
/// notFound for a driver or template that isn't there; `invalidParameter` for the rest, with every fault in the message.
public enum CreateNetwork: RPCMethod {
    public static let name = "network.create"

    public struct Request: Codable, Sendable {
        public var name: String
        /// Empty for `bridge`.
        public var driver: String
        /// Nil for the default: IPv4 only.
        public var enablesIPv4: Bool?
        public var enablesIPv6: Bool?
        public var isInternal = false
        public var isAttachable = false
        public var isConfigurationOnly = false
        /// Name of a template; empty for none.
        public var configurationSource = ""
        public var labels: [String: String] = [:]
        public var options: [String: String] = [:]
        /// Empty or `default`.
        public var ipamDriver = ""
        public var ipamOptions: [String: String] = [:]
        public var pools: [NetworkRecord.Pool] = []

        public init(name: String, driver: String = "") {
            self.name = name
            self.driver = driver
        }
    }

    public struct Response: Codable, Sendable {
        public var network: NetworkRecord
        /// What was asked for and has no effect.
        public var warnings: [String]
        public init(network: NetworkRecord, warnings: [String]) {
            self.network = network
            self.warnings = warnings
        }
    }
}

/// Removes a network, given by its ID, with its bridge and addresses.
/// Errors: notFound; forbidden for a predefined network, one with endpoints, and a template in use.
public enum RemoveNetwork: RPCMethod {
    public static let name = "network.remove"
    public struct Request: Codable, Sendable {
        public var id: String
        public init(id: String) { self.id = id }
    }
    public typealias Response = RPCNothing
}
