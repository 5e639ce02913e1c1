// The default bridge's device, address and settings.
import Contracts
import Logging
import ServiceKit

extension NetworkService {
    /// Makes the bridge, or takes it over as it is, and has the host forward packets.
    func raiseBridge(isInUse: Bool) throws {
        guard var network = networks.first(where: { $0.name == PredefinedNetworks.bridgeName }) else { return }
        let netlink = try kernel().netlink
        let existing = try existingBridge(netlink)
        let choice = BridgeChoice(
            configured: settings.bridgeAddress, former: Self.address(of: network), isInUse: isInUse,
            occupied: try occupiedPrefixes(netlink, except: existing?.index))
        let (address, pool, reason) = try choice.settle(&ipam)
        if reason == .keptForContainers {
            logger.warning("the bridge keeps its subnet because containers are on it, although it should have another", metadata: [
                "bridge": "\(settings.bridge)", "subnet": "\(address.prefix)",
            ])
        }
        network.subnet = "\(address.prefix)"
        network.gateway = "\(address.address)"
        try remember(network)
        FaultPoint.reach("network.bridge.remembered")
        let link = try raiseLink(existing, address, netlink)
        FaultPoint.reach("network.bridge.made")
        try configure()
        bridge = DefaultBridge(
            networkID: network.id, address: address, pool: pool, attachment: BridgeAttachment(index: link.index, mtu: settings.mtu))
    }

    private func existingBridge(_ netlink: NetlinkSocket) throws -> LinkInformation? {
        guard let link = try netlink.link(named: settings.bridge) else { return nil }
        guard link.kind == "bridge" else {
            throw ConfigurationError("interface \(settings.bridge) exists and isn't a bridge; set key 'bridge' to another name")
        }
        return link
    }

    /// A bridge with another address is made anew: it can have no containers, or it would have kept its own.
    private func raiseLink(
        _ existing: LinkInformation?, _ address: InterfaceAddress, _ netlink: NetlinkSocket
    ) throws -> LinkInformation {
        var link = existing
        if let existing, try netlink.addresses(ofLink: existing.index).contains(where: { $0 != address }) {
            try netlink.deleteLink(named: existing.name)
            link = nil
        }
        if link == nil {
            try netlink.addBridge(name: settings.bridge, mac: .random(), mtu: settings.mtu)
            link = try netlink.link(named: settings.bridge)
        }
        guard let link else { throw NetlinkError.missing("look up link \(settings.bridge)") }
        if try netlink.addresses(ofLink: link.index).isEmpty {
            try netlink.addAddress(address, toLink: link.index)
        }
        try netlink.activateLink(index: link.index, mtu: settings.mtu)
        return link
    }

    /// Loopback addresses are routed over the bridge so that ports published on them can be reached; the packet filter keeps
    /// containers from using that. The network has no IPv6 yet, and neither has the bridge.
    private func configure() throws {
        try Sysctl.write("net/ipv4/conf/\(settings.bridge)/route_localnet", "1")
        let key = "net/ipv6/conf/\(settings.bridge)/disable_ipv6"
        if try Sysctl.read(key) != nil { try Sysctl.write(key, "1") }
        try enableForwarding()
    }

    /// What the engine turned on is remembered before it is done, so that it can be turned off again.
    private func enableForwarding() throws {
        guard try Sysctl.read(Self.forwardingKey) == "0" else { return }
        try remember(.enabledForwarding, "yes")
        try Sysctl.write(Self.forwardingKey, "1")
        logger.info("turned on IPv4 forwarding on the host")
    }

    static let forwardingKey = "net/ipv4/ip_forward"

    private func remember(_ network: NetworkRow) throws {
        guard !networks.contains(network) else { return }
        try durably { try store.save(network) }
        networks = networks.map { $0.id == network.id ? network : $0 }
    }

    private func remember(_ setting: NetworkStore.Setting, _ value: String) throws {
        try durably { try store.set(setting, value) }
    }

    private func durably(_ write: () throws -> Void) throws {
        try store.requireDurability()
        try write()
        try store.relaxDurability()
    }

    private static func address(of network: NetworkRow) -> InterfaceAddress? {
        guard let subnet = network.subnet.flatMap({ IPPrefix($0) }), let gateway = network.gateway.flatMap({ IPAddress($0) }) else {
            return nil
        }
        return InterfaceAddress(address: gateway, length: subnet.length)
    }

    /// Where the host's packets go already, and its name servers. A route to everywhere rules nothing out.
    private func occupiedPrefixes(_ netlink: NetlinkSocket, except bridge: Int32?) throws -> [IPPrefix] {
        let routes = try netlink.routes().filter { route in
            route.destination.length > 0 && !(bridge.map { route.interfaces == [$0] } ?? false)
        }
        let resolver = try TextFile.read(ResolvConf.hostPath, limit: 1 << 20) ?? ""
        let servers = ResolvConf(parsing: resolver).nameservers.compactMap { IPAddress($0) }.filter { $0.family == .v4 }
        return Array(Set(routes.map(\.destination) + servers.map { IPPrefix(only: $0) }))
    }
}
