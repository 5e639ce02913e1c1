// A network that containers can be on: its bridge in the kernel, and where its addresses come from.
import Contracts

/// A network that is up.
struct ActiveNetwork: Sendable {
    struct Subnet: Sendable {
        let pool: IPAM.PoolID
        /// The host's own address on the bridge; nil when it has none.
        var gateway: IPAddress?
        /// Where containers send what isn't for the subnet, when that isn't the host.
        var otherGateway: IPAddress?
        /// The engine chose it: addresses in it can't be asked for.
        var isChosen = false

        var family: IPFamily { pool.pool.family }
    }

    var row: NetworkRow
    let options: NetworkOptions
    /// Name of its device.
    let bridge: String
    var subnets: [Subnet]
    /// The device, once it is there.
    var attachment: BridgeAttachment

    var id: String { row.id }
    var name: String { row.name }
    var isDefault: Bool { row.configuration == nil }
    var isInternal: Bool { row.configuration?.isInternal ?? false }

    func subnets(_ family: IPFamily) -> [Subnet] { subnets.filter { $0.family == family } }

    func subnet(of address: IPAddress) -> Subnet? { subnets.first { $0.pool.pool.contains(address) } }

    /// The way out for a container with this address; nil when there is none.
    func gateway(for address: IPAddress) -> IPAddress? {
        guard !isInternal, let subnet = subnet(of: address) else { return nil }
        return subnet.otherGateway ?? subnet.gateway
    }

    /// As the packet filter knows it.
    var filtered: RuleSet.Bridge {
        let families = Set(subnets.map(\.family))
        let translated = families.filter { [.nat, .unprotected].contains(options.mode($0)) }
        return RuleSet.Bridge(
            name: bridge, subnets: subnets.map(\.pool.pool), connectsContainers: options.connectsContainers, isInternal: isInternal,
            masqueraded: options.masquerades && !isInternal ? translated : [],
            unprotected: families.filter { options.mode($0) == .unprotected },
            sources: options.masquerades && !isInternal ? options.sources.filter { translated.contains($0.key) } : [:])
    }
}

extension NetworkRow {
    /// What its device is called; of user-defined bridge networks only.
    var bridgeName: String {
        if let name = configuration?.options[NetworkOptions.bridgeNameKey], !name.isEmpty { return name }
        return "br-\(id.prefix(12))"
    }

    /// Whether there is a device of its own in the kernel.
    var hasBridge: Bool { configuration.map { !$0.isConfigurationOnly } ?? false }

    /// As callers see it. `settings` tell of the default bridge.
    func record(settings: NetworkSettings) -> NetworkRecord {
        guard let configuration else { return predefinedRecord(settings: settings) }
        var record = NetworkRecord(
            id: id, name: name, driver: driver, createdAt: createdAt, pools: configuration.pools, options: configuration.options)
        record.labels = configuration.labels
        record.enablesIPv4 = configuration.enablesIPv4
        record.enablesIPv6 = configuration.enablesIPv6
        record.isInternal = configuration.isInternal
        record.isAttachable = configuration.isAttachable
        record.isConfigurationOnly = configuration.isConfigurationOnly
        record.configurationSource = configuration.configurationSource
        record.ipamOptions = configuration.ipamOptions
        return record
    }

    private func predefinedRecord(settings: NetworkSettings) -> NetworkRecord {
        let isBridge = name == PredefinedNetworks.bridgeName
        let pools = [(subnet, gateway)].compactMap { subnet, gateway in
            subnet.flatMap { subnet in gateway.map { NetworkRecord.Pool(subnet: subnet, gateway: $0) } }
        }
        return NetworkRecord(
            id: id, name: name, driver: driver, createdAt: createdAt, pools: pools,
            options: isBridge ? PredefinedNetworks.bridgeOptions(interface: settings.bridge, mtu: settings.mtu) : [:])
    }
}
