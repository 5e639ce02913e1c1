// What dockerd's configuration says of networks, of the default one, and of all containers' lookups.

extension EngineConfiguration {
    /// The default network. Addresses and subnets are as they were written; the network service reads them.
    public struct DefaultNetwork: Sendable, Equatable {
        /// `fixed-cidr`: where containers' addresses come from; nil for the whole subnet of the bridge.
        public var fixedCIDR: String?
        /// `ipv6`: the network has IPv6 too.
        public var enablesIPv6 = false
        /// `fixed-cidr-v6`: its IPv6 subnet; nil to have one chosen.
        public var fixedCIDRv6: String?
        /// `bip6`: address and prefix of the bridge in its IPv6 subnet; nil for the subnet's first.
        public var bridgeAddressV6: String?
        /// `default-gateway`: where containers send what isn't for the subnet; nil for the bridge.
        public var gateway: String?
        /// `default-gateway-v6`: the same for IPv6.
        public var gatewayV6: String?
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
        /// `host-gateway-ips`, or `host-gateway-ip` for one: what `host-gateway` stands for in extra hosts, an address of each family at
        /// most; none for the default bridge's addresses.
        public var hostGateways: [String] = []

        public init() {}
    }

    mutating func readNetwork(_ container: KeyedDecodingContainer<Key>) throws {
        bridge = try container.text(.bridge) ?? bridge
        bip = try container.text(.bip)
        defaultAddressPools = try container.value(.defaultAddressPools, defaultAddressPools)
        // dockerd's way of saying nothing.
        mtu = try container.decodeIfPresent(Int.self, forKey: .mtu).flatMap { $0 == 0 ? nil : $0 }
        nftablesTable = try container.value(.nftablesTable, nftablesTable)
        publishPolicy = try container.value(.publishPolicy, publishPolicy)
        networkOptions = try container.value(.networkOptions, networkOptions)
        userlandProxy = try container.value(.userlandProxy, userlandProxy)
        allowsDirectRouting = try container.value(.allowsDirectRouting, allowsDirectRouting)
        acceptedMark = try container.text(.acceptedMark)
        try readDefaultNetwork(container)
        try readLookups(container)
    }

    private mutating func readDefaultNetwork(_ container: KeyedDecodingContainer<Key>) throws {
        defaultNetwork.fixedCIDR = try container.text(.fixedCIDR)
        defaultNetwork.enablesIPv6 = try container.value(.enablesIPv6, defaultNetwork.enablesIPv6)
        defaultNetwork.fixedCIDRv6 = try container.text(.fixedCIDRv6)
        defaultNetwork.bridgeAddressV6 = try container.text(.bip6)
        defaultNetwork.gateway = try container.text(.gateway)
        defaultNetwork.gatewayV6 = try container.text(.gatewayV6)
        defaultNetwork.connectsContainers = try container.value(.connectsContainers, defaultNetwork.connectsContainers)
        defaultNetwork.publishAddress = try container.text(.publishAddress)
        defaultNetwork.masquerades = try container.value(.masquerades, defaultNetwork.masquerades)
    }

    private mutating func readLookups(_ container: KeyedDecodingContainer<Key>) throws {
        lookups.servers = try container.value(.lookupServers, lookups.servers)
        lookups.search = try container.value(.lookupSearch, lookups.search)
        lookups.options = try container.value(.lookupOptions, lookups.options)
        let single = try container.text(.hostGateway)
        lookups.hostGateways = try container.value(.hostGateways, single.map { [$0] } ?? [])
        if single != nil, container.contains(.hostGateways) {
            throw ConfigurationError("keys 'host-gateway-ip' and 'host-gateway-ips' can't be given together")
        }
    }

    func writeNetwork(_ container: inout KeyedEncodingContainer<Key>) throws {
        try container.encode(bridge, forKey: .bridge)
        try container.encodeIfPresent(bip, forKey: .bip)
        try container.encode(defaultAddressPools, forKey: .defaultAddressPools)
        try container.encodeIfPresent(mtu, forKey: .mtu)
        try container.encode(nftablesTable, forKey: .nftablesTable)
        try container.encode(publishPolicy, forKey: .publishPolicy)
        try container.encode(networkOptions, forKey: .networkOptions)
        try container.encode(allowsDirectRouting, forKey: .allowsDirectRouting)
        try container.encodeIfPresent(acceptedMark, forKey: .acceptedMark)
        try container.encodeIfPresent(defaultNetwork.fixedCIDR, forKey: .fixedCIDR)
        try container.encode(defaultNetwork.enablesIPv6, forKey: .enablesIPv6)
        try container.encodeIfPresent(defaultNetwork.fixedCIDRv6, forKey: .fixedCIDRv6)
        try container.encodeIfPresent(defaultNetwork.bridgeAddressV6, forKey: .bip6)
        try container.encodeIfPresent(defaultNetwork.gateway, forKey: .gateway)
        try container.encodeIfPresent(defaultNetwork.gatewayV6, forKey: .gatewayV6)
        try container.encode(defaultNetwork.connectsContainers, forKey: .connectsContainers)
        try container.encodeIfPresent(defaultNetwork.publishAddress, forKey: .publishAddress)
        try container.encode(defaultNetwork.masquerades, forKey: .masquerades)
        try container.encode(userlandProxy, forKey: .userlandProxy)
        try container.encode(lookups.servers, forKey: .lookupServers)
        try container.encode(lookups.search, forKey: .lookupSearch)
        try container.encode(lookups.options, forKey: .lookupOptions)
        try container.encode(lookups.hostGateways, forKey: .hostGateways)
    }

    /// Drivers that networks can be made with.
    private static let drivers: Set<String> = ["bridge", "ipvlan", "macvlan"]

    func validateNetworks() throws {
        try Self.require(bridge != "none", "bridge", "can't be none: the default network is always there; give containers --network none")
        let stranger = networkOptions.keys.sorted().first { !Self.drivers.contains($0) }
        try Self.require(
            stranger == nil, "default-network-opts", "must be by driver: bridge, ipvlan or macvlan, not '\(stranger ?? "")'")
    }
}
