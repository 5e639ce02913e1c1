// What the network service tells without being asked.
import RPC

/// A route of the host's that came after a network and overlaps its subnet.
public struct NetworkNotice: Codable, Sendable, Equatable {
    public var networkID: String
    public var networkName: String
    public var driver: String
    /// The network's, in CIDR notation.
    public var subnet: String
    /// Where the route leads, in CIDR notation.
    public var route: String
    /// Name of the interface that the route goes by; empty for none, or several.
    public var interface: String

    public init(networkID: String, networkName: String, driver: String, subnet: String, route: String, interface: String) {
        self.networkID = networkID
        self.networkName = networkName
        self.driver = driver
        self.subnet = subnet
        self.route = route
        self.interface = interface
    }
}

/// Tells of overlapping routes as they come, those first that came while nobody listened. Goes on until it is cancelled.
public enum WatchNetworks: RPCStreamMethod {
    public static let name = "network.watch"
    public typealias Request = RPCNothing
    public typealias Outbound = NetworkNotice
    public typealias Response = RPCNothing
}
