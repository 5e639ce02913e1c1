// What dockerd's configuration says of the default network, and of all containers' lookups.

extension EngineConfiguration {
    /// The default network. Addresses and subnets are as they were written; the network service reads them.
    public struct DefaultNetwork: Sendable, Equatable {
        /// `fixed-cidr`: where containers' addresses come from; nil for the whole subnet of the bridge.
        public var fixedCIDR: String?
        /// `ipv6`: the network has IPv6 too.
        public var enablesIPv6 = false
        /// `fixed-cidr-v6`: its IPv6 subnet; nil to have one chosen.
        public var fixedCIDRv6: String?
        /// `default-gateway`: where containers send what isn't for the subnet; nil for the bridge.
        public var gateway: String?
        /// `icc`: containers reach each other.
        public var connectsContainers = true
        /// `ip`: where ports are published that name no address; nil for everywhere.
        public var publishAddress: String?
        /// `ip-masq`: containers leave the host under the host's address.
        public var masquerades = true

        public init() {}
    }

    /// What containers get that ask for nothing else.
    public struct Lookups: Sendable, Equatable {
        /// `dns`, `dns-search` and `dns-opts`.
        public var servers: [String] = []
        public var search: [String] = []
        public var options: [String] = []
        /// `host-gateway-ip`: what `host-gateway` stands for in extra hosts; nil for the default bridge's address.
        public var hostGateway: String?

        public init() {}
    }

    mutating func readNetwork(_ container: KeyedDecodingContainer<Key>) throws {
        func value<T: Decodable>(_ key: Key, _ fallback: T) throws -> T { try container.decodeIfPresent(T.self, forKey: key) ?? fallback }
        defaultNetwork.fixedCIDR = try container.decodeIfPresent(String.self, forKey: .fixedCIDR)
        defaultNetwork.enablesIPv6 = try value(.enablesIPv6, defaultNetwork.enablesIPv6)
        defaultNetwork.fixedCIDRv6 = try container.decodeIfPresent(String.self, forKey: .fixedCIDRv6)
        defaultNetwork.gateway = try container.decodeIfPresent(String.self, forKey: .gateway)
        defaultNetwork.connectsContainers = try value(.connectsContainers, defaultNetwork.connectsContainers)
        defaultNetwork.publishAddress = try container.decodeIfPresent(String.self, forKey: .publishAddress)
        defaultNetwork.masquerades = try value(.masquerades, defaultNetwork.masquerades)
        userlandProxy = try value(.userlandProxy, userlandProxy)
        lookups.servers = try value(.lookupServers, lookups.servers)
        lookups.search = try value(.lookupSearch, lookups.search)
        lookups.options = try value(.lookupOptions, lookups.options)
        lookups.hostGateway = try container.decodeIfPresent(String.self, forKey: .hostGateway)
    }

    func writeNetwork(_ container: inout KeyedEncodingContainer<Key>) throws {
        try container.encodeIfPresent(defaultNetwork.fixedCIDR, forKey: .fixedCIDR)
        try container.encode(defaultNetwork.enablesIPv6, forKey: .enablesIPv6)
        try container.encodeIfPresent(defaultNetwork.fixedCIDRv6, forKey: .fixedCIDRv6)
        try container.encodeIfPresent(defaultNetwork.gateway, forKey: .gateway)
        try container.encode(defaultNetwork.connectsContainers, forKey: .connectsContainers)
        try container.encodeIfPresent(defaultNetwork.publishAddress, forKey: .publishAddress)
        try container.encode(defaultNetwork.masquerades, forKey: .masquerades)
        try container.encode(userlandProxy, forKey: .userlandProxy)
        try container.encode(lookups.servers, forKey: .lookupServers)
        try container.encode(lookups.search, forKey: .lookupSearch)
        try container.encode(lookups.options, forKey: .lookupOptions)
        try container.encodeIfPresent(lookups.hostGateway, forKey: .hostGateway)
    }
}
