// The methods of the network service that are about networks.
import RPC

/// A network as the service knows it.
public struct NetworkRecord: Codable, Sendable, Equatable {
    public struct Pool: Codable, Sendable, Equatable {
        /// In CIDR notation.
        public var subnet: String
        public var gateway: String
        public init(subnet: String, gateway: String) {
            self.subnet = subnet
            self.gateway = gateway
        }
    }
    public var id: String
    public var name: String
    /// `bridge`, `host` or `null`.
    public var driver: String
    /// Nanoseconds since 1970.
    public var createdAt: Int64
    public var pools: [Pool]
    /// Docker's option keys: `com.docker.network.bridge.name`…
    public var options: [String: String]
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
