// How much of a network's addresses is used.

/// What inspect says of a network besides its settings.
public struct NetworkStatus: Codable, Sendable, Equatable {
    public struct Addresses: Codable, Sendable, Equatable {
        /// Usage by subnet, in CIDR notation.
        public var subnets: [String: Subnet]

        enum CodingKeys: String, CodingKey { case subnets = "Subnets" }
    }

    /// The usage of one subnet. A number that doesn't fit into 64 bits is told as the largest that does.
    public struct Subnet: Codable, Sendable, Equatable {
        /// Used by containers, or reserved.
        public var inUse: UInt64
        /// What containers can still be given.
        public var available: UInt64

        public init(inUse: UInt64, available: UInt64) {
            self.inUse = inUse
            self.available = available
        }

        enum CodingKeys: String, CodingKey { case inUse = "IPsInUse", available = "DynamicIPsAvailable" }
    }

    public var ipam: Addresses

    public init(subnets: [String: Subnet]) { ipam = Addresses(subnets: subnets) }

    enum CodingKeys: String, CodingKey { case ipam = "IPAM" }
}
