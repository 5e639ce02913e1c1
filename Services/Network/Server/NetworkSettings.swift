// What the network service is told about the engine it belongs to.
import Contracts
import RPC
import ServiceKit

/// The configuration of one engine's networking, checked.
public struct NetworkSettings: Sendable {
    var layout: EngineLayout
    /// Name of the default bridge.
    var bridge: String
    /// Address of the default bridge; nil to choose.
    var bridgeAddress: InterfaceAddress?
    var pools: [PoolTemplate]
    var mtu: Int
    /// Name of the nftables table.
    var table: String
    /// How many namespaces are kept ready.
    var warmPool: Int
    var publishPolicy: PublishPolicy
    /// Path of the host's resolv.conf.
    var hostResolver = ResolvConf.hostPath

    static let standardMTU = 1500

    /// Throws `ConfigurationError` for an address or pool that isn't one.
    public init(configuration: EngineConfiguration, layout: EngineLayout, warmPool: Int) throws {
        self.layout = layout
        bridge = configuration.bridge
        bridgeAddress = try configuration.bip.map(Self.bridgeAddress)
        pools = try configuration.defaultAddressPools.map(Self.template)
        mtu = configuration.mtu ?? Self.standardMTU
        table = configuration.nftablesTable
        publishPolicy = try PublishPolicy(configuration.publishPolicy)
        self.warmPool = warmPool
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
