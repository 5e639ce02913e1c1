// What the network service is told about the engine it belongs to.
import Contracts
import RPC
import ServiceKit

/// The configuration of one engine's networking, checked.
public struct NetworkSettings: Sendable {
    var layout: EngineLayout
    /// Name of the default bridge.
    var bridge: String
    /// Address of the default bridge that the configuration has; nil to choose.
    var bridgeAddress: InterfaceAddress?
    var pools: [PoolTemplate]
    var mtu: Int
    /// Name of the nftables table.
    var table: String
    /// How many namespaces are kept ready.
    var warmPool: Int
    var publishPolicy: PublishPolicy
    /// Whether a process, and not the kernel, leads IPv6 ports of the host to containers without IPv6, and `::1` to all.
    var proxiesPorts: Bool
    /// Whether published ports are reached at containers' own addresses, too.
    var allowsDirectRouting: Bool
    /// Packets with this mark reach containers; nil for none.
    var acceptedMark: FirewallMark?
    /// Resolver settings of containers that ask for nothing else.
    var lookups: ResolvConf.Overrides
    /// What `host-gateway` stands for, an address of each family at most; none for the default bridge's addresses.
    var hostGateways: [IPAddress]
    var defaultNetwork: DefaultNetworkSettings
    /// Path of the host's resolv.conf.
    var hostResolver = ResolvConf.hostPath

    static let standardMTU = 1500

    /// Throws `ConfigurationError` for an address or pool that isn't one.
    public init(configuration: EngineConfiguration, layout: EngineLayout, warmPool: Int) throws {
        self.layout = layout
        bridge = configuration.bridge
        bridgeAddress = try configuration.bip.map(Self.bridgeAddress)
        defaultNetwork = try DefaultNetworkSettings(configuration.defaultNetwork, bip: bridgeAddress)
        pools = try configuration.defaultAddressPools.map(Self.template)
        mtu = configuration.mtu ?? Self.standardMTU
        table = configuration.nftablesTable
        publishPolicy = try PublishPolicy(configuration.publishPolicy)
        proxiesPorts = configuration.userlandProxy
        allowsDirectRouting = configuration.allowsDirectRouting
        acceptedMark = configuration.acceptedMark.flatMap { FirewallMark($0) }
        if let text = configuration.acceptedMark, acceptedMark == nil {
            throw ConfigurationError("key 'bridge-accept-fwmark' must be mark or mark/mask, not '\(text)'")
        }
        let lookups = configuration.lookups
        self.lookups = ResolvConf.Overrides(nameservers: lookups.servers, search: lookups.search, options: lookups.options)
        if let bad = lookups.servers.first(where: { IPAddress($0) == nil }) {
            throw ConfigurationError("key 'dns' must have addresses, not '\(bad)'")
        }
        try Self.check(configuration.networkOptions)
        hostGateways = try Self.hostGateways(lookups.hostGateways)
        self.warmPool = warmPool
    }

    /// Throws what a network with these options would be refused for.
    private static func check(_ options: [String: [String: String]]) throws {
        var (faults, unknown): ([String], [String]) = ([], [])
        for (driver, options) in options.sorted(by: { $0.key < $1.key }) {
            if ParentOptions.drivers.contains(driver) {
                _ = ParentOptions(options, driver: driver, faults: &faults, unknown: &unknown)
            } else {
                _ = NetworkOptions(options, isInternal: true, faults: &faults, unknown: &unknown)
            }
        }
        if let fault = faults.first { throw ConfigurationError("key 'default-network-opts': \(fault)") }
    }

    /// IPv4 first.
    private static func hostGateways(_ texts: [String]) throws -> [IPAddress] {
        let addresses = try texts.map { text in
            guard let address = IPAddress(text) else {
                throw ConfigurationError("key 'host-gateway-ips' must have addresses, not '\(text)'")
            }
            return address
        }
        for family in IPFamily.allCases where addresses.count(where: { $0.family == family }) > 1 {
            throw ConfigurationError("key 'host-gateway-ips': only one IPv\(family.rawValue) host gateway IP address can be specified")
        }
        return addresses.sorted { $0.family.rawValue < $1.family.rawValue }
    }

    private static func bridgeAddress(_ text: String) throws -> InterfaceAddress {
        guard let address = InterfaceAddress(text), address.address.family == .v4, (1...30).contains(address.prefix.length),
            address.address != address.prefix.first, address.address != address.prefix.last
        else { throw ConfigurationError("key 'bip' must be an IPv4 address of a host with its prefix length, not '\(text)'") }
        return address
    }

    private static func template(_ pool: EngineConfiguration.AddressPool) throws -> PoolTemplate {
        guard let base = IPPrefix(pool.base), let template = PoolTemplate(base: base, size: pool.size) else {
            throw ConfigurationError(
                "key 'default-address-pools' must have bases in CIDR notation and sizes that fit them, not '\(pool.base)' and \(pool.size)")
        }
        return template
    }
}
