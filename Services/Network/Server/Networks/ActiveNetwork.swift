// A network that containers can be on: its bridge in the kernel, and where its addresses come from.
import Contracts

/// A network that is up.
struct ActiveNetwork: Sendable {
    struct Subnet: Sendable {
        var pool: IPAM.PoolID
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
    /// The bridge's own.
    var mac: MACAddress?
    /// The engine made its bridge; another one is the host's.
    var isOwn = true
    /// Its bridge was made by this process, which hence knows of every address on it who had it.
    var isYoung = false
    /// Of macvlan and ipvlan networks only, whose device is the parent.
    var parent: ParentOptions?

    var id: String { row.id }
    var name: String { row.name }
    var isDefault: Bool { row.configuration == nil }
    var isInternal: Bool { row.configuration?.isInternal ?? false || parent.map { $0.parent == nil } ?? false }
    /// Its containers are reached through the host, and not beside it.
    var isBridge: Bool { parent == nil }

    func subnets(_ family: IPFamily) -> [Subnet] { subnets.filter { $0.family == family } }

    func subnet(of address: IPAddress) -> Subnet? { subnets.first { $0.pool.pool.contains(address) } }

    /// The way out for a container with this address; nil when there is none.
    func gateway(for address: IPAddress) -> IPAddress? {
        guard !isInternal, let subnet = subnet(of: address) else { return nil }
        return subnet.otherGateway ?? subnet.gateway
    }

    /// As the packet filter knows it; none of networks that go past the host.
    var filtered: [RuleSet.Bridge] {
        guard isBridge else { return [] }
        let families = Set(subnets.map(\.family))
        let translated = families.filter { [.nat, .unprotected].contains(options.mode($0)) }
        var filtered = RuleSet.Bridge(
            name: bridge, subnets: subnets.map(\.pool.pool), connectsContainers: options.connectsContainers, isInternal: isInternal,
            masqueraded: options.masquerades && !isInternal ? translated : [],
            unprotected: families.filter { options.mode($0) == .unprotected },
            sources: options.masquerades && !isInternal ? options.sources.filter { translated.contains($0.key) } : [:])
        filtered.trusted = options.trustedInterfaces
        return [filtered]
    }
}

extension NetworkRow {
    /// What its device is called; of user-defined bridge networks only.
    var bridgeName: String {
        if let name = configuration?.options[NetworkOptions.bridgeNameKey], !name.isEmpty { return name }
        return "br-\(id.prefix(12))"
    }

    /// Whether it is more than a name, or a template.
    var hasSubnets: Bool { configuration.map { !$0.isConfigurationOnly } ?? false }
    /// Whether there is a bridge of its own in the kernel.
    var hasBridge: Bool { hasSubnets && driver == PredefinedNetworks.bridgeDriver }

    /// As callers see it. `settings` tell of the default bridge, and `subnets` are the network's while it is up.
    func record(settings: NetworkSettings, subnets: [ActiveNetwork.Subnet] = []) -> NetworkRecord {
        guard let configuration else { return predefinedRecord(settings, subnets) }
        // Docker tells of templates that they have the driver that does nothing.
        let shownDriver = configuration.isConfigurationOnly ? PredefinedNetworks.nullDriver : driver
        var record = NetworkRecord(
            id: id, name: name, driver: shownDriver, createdAt: createdAt,
            pools: configuration.pools + (configuration.unusedPools ?? []), options: configuration.options)
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

    private func predefinedRecord(_ settings: NetworkSettings, _ subnets: [ActiveNetwork.Subnet]) -> NetworkRecord {
        let isBridge = name == PredefinedNetworks.bridgeName
        let pools = subnets.map { subnet in
            NetworkRecord.Pool(
                subnet: "\(subnet.pool.pool)", gateway: (subnet.otherGateway ?? subnet.gateway).map { "\($0)" } ?? "",
                ipRange: subnet.pool.subPool.map { "\($0)" } ?? "")
        }
        var record = NetworkRecord(
            id: id, name: name, driver: driver, createdAt: createdAt, pools: pools,
            options: isBridge ? PredefinedNetworks.bridgeOptions(settings) : [:])
        record.enablesIPv6 = subnets.contains { $0.family == .v6 }
        return record
    }
}
