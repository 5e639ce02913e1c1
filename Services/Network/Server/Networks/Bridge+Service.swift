// The default bridge's device, address and settings.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Makes the bridge, or takes it over as it is, and has the host forward packets.
    func raiseBridge(isInUse: Bool) throws {
        guard var network = networks.first(where: { $0.name == PredefinedNetworks.bridgeName }) else { return }
        let netlink = try kernel().netlink
        let former = Self.address(of: network)
        try markEarlierBridge()
        let found = try findBridge(netlink)
        let choice = BridgeChoice(
            configured: found.wantedAddress(settings), former: former, isInUse: isInUse,
            occupied: try occupiedPrefixes(netlink.routes(.v4) + netlink.routes(.v6), except: Set([found.link?.index].compactMap { $0 })))
        let (address, pool, reason) = try choice.settle(&ipam)
        let wishes = reason == .keptForContainers ? wishes(onKept: address) : settings.defaultNetwork
        if let former, former != address { try withdraw(former, from: found, netlink) }
        network.subnet = "\(address.prefix)"
        network.gateway = "\(address.address)"
        try remember(network)
        FaultPoint.reach("network.bridge.remembered")
        let subnets = try [defaultSubnet(pool, address, wishes)] + defaultSubnetV6()
        let link = try raiseLink(found, address, subnets, netlink)
        active[network.id] = ActiveNetwork(
            row: network, options: settings.defaultNetwork.options, bridge: settings.bridge, subnets: subnets,
            attachment: BridgeAttachment(index: link.index, mtu: settings.mtu), mac: link.mac, isOwn: found.isOwn,
            isYoung: found.link == nil)
    }

    /// Makes the bridge, which is gone, as it was.
    func raiseDefaultAgain(_ network: ActiveNetwork) throws -> BridgeAttachment {
        let netlink = try kernel().netlink
        guard let subnet = network.subnets.first, let gateway = subnet.gateway,
            let address = InterfaceAddress(address: gateway, length: subnet.pool.pool.length)
        else { throw NetlinkError.missing("tell the address of \(settings.bridge)") }
        let link = try raiseLink(findBridge(netlink), address, network.subnets, mac: network.mac, netlink)
        return BridgeAttachment(index: link.index, mtu: settings.mtu)
    }

    /// The configuration may be another one than that which the subnet is of.
    private func wishes(onKept address: InterfaceAddress) -> DefaultNetworkSettings {
        logger.warning(
            "the bridge keeps its subnet because containers are on it, although it should have another",
            metadata: [
                "bridge": "\(settings.bridge)", "subnet": "\(address.prefix)",
            ])
        let (wishes, ignored) = settings.defaultNetwork.limited(to: address.prefix)
        for key in ignored {
            logger.warning("a key isn't heeded while the bridge keeps its subnet", metadata: ["key": "\(key)"])
        }
        return wishes
    }

    private func defaultSubnet(_ pool: IPAM.PoolID, _ address: InterfaceAddress, _ wishes: DefaultNetworkSettings) throws
        -> ActiveNetwork.Subnet
    {
        var subnet = ActiveNetwork.Subnet(pool: pool, gateway: address.address, isChosen: true)
        if let range = wishes.range {
            subnet.pool = try ipam.requestPool(IPAM.PoolRequest(pool: pool.pool, subPool: range))
        }
        if let other = wishes.gateway, other != address.address {
            _ = try ipam.requestAddress(pool, other)
            subnet.otherGateway = other
        }
        return subnet
    }

    /// One of the engine's own range unless the configuration names another.
    private func defaultSubnetV6() throws -> [ActiveNetwork.Subnet] {
        guard settings.defaultNetwork.enablesIPv6 else { return [] }
        let own = try store.setting(.uniqueLocalPrefix).flatMap { IPPrefix($0) }.flatMap(UniqueLocalPrefix.last)
        guard let prefix = settings.defaultNetwork.subnetV6 ?? own else {
            throw ConfigurationError("key 'ipv6' needs key 'fixed-cidr-v6' beside IPv6 address pools")
        }
        let wanted = settings.defaultNetwork
        let pool = try ipam.requestPool(IPAM.PoolRequest(pool: prefix, subPool: wanted.rangeV6, family: .v6))
        let gateway = wanted.bridgeAddressV6 ?? IPAddress(family: .v6, value: prefix.first.value + 1)
        var subnet = ActiveNetwork.Subnet(pool: pool, gateway: try ipam.requestAddress(pool, gateway).address, isChosen: true)
        if let other = wanted.gatewayV6, other != gateway {
            _ = try ipam.requestAddress(pool, other)
            subnet.otherGateway = other
        }
        return [subnet]
    }

    /// Gives a bridge the addresses it lacks; a new one has none yet.
    func settle(
        _ subnets: some Collection<ActiveNetwork.Subnet>, on link: LinkInformation, isNew: Bool = false, _ netlink: NetlinkSocket
    ) throws {
        for subnet in subnets {
            guard let gateway = subnet.gateway, let address = InterfaceAddress(address: gateway, length: subnet.pool.pool.length),
                try isNew || !netlink.addresses(ofLink: link.index, family: subnet.family).contains(address)
            else { continue }
            try netlink.addAddress(address, toLink: link.index)
        }
    }

    private func findBridge(_ netlink: NetlinkSocket) throws -> FoundBridge {
        guard let link = try netlink.link(named: settings.bridge) else { return FoundBridge() }
        guard link.kind == "bridge" else {
            throw ConfigurationError("interface \(settings.bridge) exists and isn't a bridge; set key 'bridge' to another name")
        }
        return FoundBridge(link: link, addresses: try netlink.addresses(ofLink: link.index))
    }

    /// A bridge that an earlier version made gets its mark: it has the address that was recorded for it.
    func markEarlierBridge() throws {
        guard try store.setting(.marksLinks) == nil else { return }
        let netlink = try kernel().netlink
        let network = try store.networks().first { $0.name == PredefinedNetworks.bridgeName }
        if let former = network.flatMap(Self.address), let link = try netlink.link(named: settings.bridge),
            try netlink.addresses(ofLink: link.index).contains(former)
        {
            try netlink.mark(link: link.index)
        }
        try store.set(.marksLinks, "yes")
    }

    /// Nobody is on the subnet of a former address; whoever else has given the bridge addresses needs them.
    private func withdraw(_ former: InterfaceAddress, from bridge: FoundBridge, _ netlink: NetlinkSocket) throws {
        guard let link = bridge.link, try bridge.isOwn || store.setting(.lentAddress) == "\(former)" else { return }
        try netlink.deleteAddress(former, ofLink: link.index)
    }

    private func raiseLink(
        _ found: FoundBridge, _ address: InterfaceAddress, _ subnets: [ActiveNetwork.Subnet], mac: MACAddress? = nil,
        _ netlink: NetlinkSocket
    ) throws -> LinkInformation {
        let link = try raiseLink(found, address, mac: mac, netlink)
        FaultPoint.reach("network.bridge.made")
        try configure(settings.bridge, usesIPv6: subnets.count > 1, isOwn: found.isOwn)
        try answerForNeighbours(!settings.defaultNetwork.options.connectsContainers, isOwn: found.isOwn)
        try settle(subnets.dropFirst(), on: link, netlink)
        return link
    }

    /// Makes the bridge, or gives it what it lacks. The host's own keeps its size.
    private func raiseLink(
        _ found: FoundBridge, _ address: InterfaceAddress, mac: MACAddress?, _ netlink: NetlinkSocket
    ) throws -> LinkInformation {
        if found.link == nil { try netlink.addBridge(name: settings.bridge, mac: mac ?? .random()) }
        guard let link = try found.link ?? netlink.link(named: settings.bridge) else {
            throw NetlinkError.missing("look up link \(settings.bridge)")
        }
        if !found.addresses.contains(address) {
            if !found.isOwn { try durably { try store.set(.lentAddress, "\(address)") } }
            try netlink.addAddress(address, toLink: link.index)
        }
        try netlink.activateLink(index: link.index, mtu: found.isOwn ? settings.mtu : nil)
        return link
    }

    /// Loopback addresses are routed over the bridge so that ports published on them can be reached; the packet filter keeps
    /// containers from using that. Without IPv6 on the network there is none on the bridge; with it, the bridge believes no router,
    /// since it is one. A bridge of the host's may have IPv6 for other reasons, and routers of its own.
    func configure(_ bridge: String, usesIPv6: Bool, isOwn: Bool = true) throws {
        try Sysctl.write("net/ipv4/conf/\(bridge)/route_localnet", "1")
        try enableForwarding(.v4)
        let keys = "net/ipv6/conf/\(bridge)"
        guard try Sysctl.read("\(keys)/disable_ipv6") != nil else {
            if usesIPv6 { throw RPCError(.invalidParameter, "the host has no IPv6; make the network without it") }
            return
        }
        // Until the bridge's own address is found to be nobody else's, which takes a second, nothing would be forwarded to containers.
        if usesIPv6, isOwn { try Sysctl.write("\(keys)/accept_dad", "0") }
        if usesIPv6 || isOwn { try Sysctl.write("\(keys)/disable_ipv6", usesIPv6 ? "0" : "1") }
        guard usesIPv6 else { return }
        if isOwn { try Sysctl.write("\(keys)/accept_ra", "0") }
        try enableForwarding(.v6)
    }

    /// Where the bridge keeps its containers from each other, the host answers when one asks for another's address, so that what goes from
    /// one to the other is routed, and the packet filter lets through what is linked.
    private func answerForNeighbours(_ isOn: Bool, isOwn: Bool) throws {
        guard isOn || isOwn else { return }
        try Sysctl.write("net/ipv4/conf/\(settings.bridge)/proxy_arp_pvlan", isOn ? "1" : "0")
    }

    /// What the engine turned on is remembered before it is done, so that it can be turned off again.
    private func enableForwarding(_ family: IPFamily) throws {
        guard let key = Self.forwardingKeys[family], let setting = Self.forwardingSettings[family] else { return }
        guard try Sysctl.read(key) == "0" else { return }
        try durably { try store.set(setting, "yes") }
        try closeForwarding(family)
        try Sysctl.write(key, "1")
        logger.info("turned on IPv\(family.rawValue) forwarding on the host")
    }

    static let forwardingKeys: [IPFamily: String] = [.v4: "net/ipv4/ip_forward", .v6: "net/ipv6/conf/all/forwarding"]

    static let forwardingSettings: [IPFamily: NetworkStore.Setting] = [.v4: .enabledForwarding, .v6: .enabledForwardingV6]

    private func remember(_ network: NetworkRow) throws {
        guard !networks.contains(network) else { return }
        try durably { try store.save(network) }
        networks = networks.map { $0.id == network.id ? network : $0 }
    }

    /// For what must survive a loss of power.
    func durably(_ write: () throws -> Void) throws {
        try store.requireDurability()
        do {
            try write()
        } catch {
            try store.relaxDurability()
            throw error
        }
        try store.relaxDurability()
    }

    private static func address(of network: NetworkRow) -> InterfaceAddress? {
        guard let subnet = network.subnet.flatMap({ IPPrefix($0) }), let gateway = network.gateway.flatMap({ IPAddress($0) }) else {
            return nil
        }
        return InterfaceAddress(address: gateway, length: subnet.length)
    }

    /// Where the host's packets go already, and its name servers. A route to everywhere rules nothing out.
    /// `bridges` are indices of the engine's own.
    func occupiedPrefixes(_ routes: some Collection<RouteInformation>, except bridges: Set<Int32>) throws -> [IPPrefix] {
        let foreign = routes.filter { $0.interfaces.isEmpty || !bridges.isSuperset(of: $0.interfaces) }.filter(\.isSpecific)
        let resolver = try TextFile.read(ResolvConf.hostPath, limit: 1 << 20) ?? ""
        let servers = ResolvConf(parsing: resolver).nameservers.compactMap { IPAddress($0) }
        return Array(Set(foreign.map(\.destination) + servers.map { IPPrefix(only: $0) }))
    }
}
