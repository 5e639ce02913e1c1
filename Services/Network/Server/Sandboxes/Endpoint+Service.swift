// One endpoint: its addresses, its cable, its interface in the container's namespace.
import Contracts
import Glibc
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Where an endpoint is made.
    struct EndpointPlace {
        /// Path of the namespace's pin.
        var path: String
        /// Opened in the namespace.
        var socket: NetlinkSocket
        /// An interface that is there already, on the default bridge, up and without an address.
        var interface: PreparedNamespace.Interface?
    }

    /// Addresses, cable and interface; the default route is the caller's matter. What it took is in `undo`.
    func attach(
        _ plan: EndpointPlan, of sandbox: SandboxRow, position: Int, interface: String, in place: EndpointPlace, _ undo: inout UndoStack
    ) throws -> EndpointRow {
        guard let network = active[plan.networkID] else {
            let name = networks.first { $0.id == plan.networkID }?.name
            throw name.map { RPCError(.unavailable, "network \($0) isn't up; the network service's log tells why") }
                ?? RPCError(.notFound, "network \(plan.networkID) not found")
        }
        let addresses = try requestAddresses(plan, of: sandbox.containerID, on: network, &undo)
        let isShared = network.parent?.sharesAddress == true
        let mac = isShared ? try kernel().netlink.link(named: network.bridge)?.mac : plan.mac ?? place.interface?.mac ?? .random()
        let cable = try lay(interface, on: network, in: place, &undo)
        try configure(
            interface, mac: isShared ? nil : mac, addresses + plan.linkLocalAddresses, plan,
            announces: announces(addresses, on: network), in: place)
        FaultPoint.reach("network.endpoint.attached")
        func text(_ family: IPFamily) -> String? { addresses.first { $0.address.family == family }.map { "\($0.address)" } }
        let id = Hexadecimal.random(bytes: 32)
        if !isShared { announceLater(id, of: sandbox.containerID, network.options.announcements) }
        return EndpointRow(
            id: id, containerID: sandbox.containerID, networkID: network.id, position: position,
            interface: interface, hostInterface: cable, mac: mac.map { "\($0)" } ?? "", ipv4: text(.v4), ipv6: text(.v6),
            settings: details(plan, of: sandbox, on: network))
    }

    private func details(_ plan: EndpointPlan, of sandbox: SandboxRow, on network: ActiveNetwork) -> EndpointDetails {
        var details = EndpointDetails(aliases: plan.aliases, links: plan.links, gatewayPriority: plan.gatewayPriority)
        details.dnsNames = names(of: sandbox, aliases: plan.aliases, on: network)
        return details
    }

    func names(of sandbox: SandboxRow, aliases: [String], on network: ActiveNetwork) -> [String] {
        guard !network.isDefault else { return [] }
        return EndpointNames.all(
            containerName: sandbox.containerName, aliases: aliases, containerID: sandbox.containerID, hostname: sandbox.hostname)
    }

    /// One of each family that the network has: the given one, the one it had before, or any of the first subnet that has one left.
    private func requestAddresses(
        _ plan: EndpointPlan, of containerID: String, on network: ActiveNetwork, _ undo: inout UndoStack
    ) throws -> [InterfaceAddress] {
        try [IPFamily.v4, .v6].compactMap { family in
            let subnets = network.subnets(family)
            guard let last = subnets.last else { return nil }
            let taken: (pool: IPAM.PoolID, address: InterfaceAddress)
            if let wanted = plan.addresses[family] {
                let pool = (network.subnet(of: wanted) ?? last).pool
                taken = (pool, try ipam.requestAddress(pool, wanted))
            } else if let former = requestFormer(formerAddresses.address(of: containerID, on: network.id, family), of: subnets) {
                taken = former
            } else {
                taken = try requestAny(of: subnets)
            }
            undo.push("release \(taken.address)") { try self.ipam.releaseAddress(taken.pool, taken.address.address) }
            return taken.address
        }
    }

    /// nil when it is somebody else's by now, or the subnets are others.
    private func requestFormer(_ address: IPAddress?, of subnets: [ActiveNetwork.Subnet]) -> (IPAM.PoolID, InterfaceAddress)? {
        guard let address, let pool = subnets.first(where: { ($0.pool.subPool ?? $0.pool.pool).contains(address) })?.pool,
            let taken = try? ipam.requestAddress(pool, address)
        else { return nil }
        return (pool, taken)
    }

    private func requestAny(of subnets: [ActiveNetwork.Subnet]) throws -> (IPAM.PoolID, InterfaceAddress) {
        var failure: any Error = RPCError(.internalError, "the network has no subnet")
        for subnet in subnets {
            do {
                return (subnet.pool, try ipam.requestAddress(subnet.pool))
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// A cable from the network's bridge to the namespace; returns the name of the host's end.
    private func lay(
        _ interface: String, on network: ActiveNetwork, in place: EndpointPlace, _ undo: inout UndoStack
    ) throws -> String {
        let netlink = try kernel().netlink
        if let options = network.parent {
            let socket = place.socket
            undo.push("delete \(interface)") { try socket.deleteLink(named: interface) }
            try addStacked(interface, on: network, options, in: place)
            return ""
        }
        if let prepared = place.interface {
            let isPlugged = prepared.bridge == network.attachment.index
            guard !isPlugged || !network.isDefault || !network.options.connectsContainers else { return prepared.hostName }
            if isPlugged { try finish(prepared.hostName, on: network, netlink) } else { try plug(prepared.hostName, into: network) }
            return prepared.hostName
        }
        let name = NamespaceFactory.cableName()
        let namespace = try HomeNamespace(path: place.path)
        undo.push("delete \(name)") { try netlink.deleteLink(named: name) }
        try plug(into: network, netlink) {
            try netlink.addVeth(
                name: name, bridge: network.attachment.index, mtu: network.attachment.mtu, peer: interface,
                namespace: namespace.descriptor)
        }
        try finish(name, on: network, netlink)
        return name
    }

    /// Makes the host's end of a cable a port of the network's bridge.
    func plug(_ port: String, into network: ActiveNetwork) throws {
        let netlink = try kernel().netlink
        try plug(into: network, netlink) { try netlink.setMaster(network.attachment.index, ofLink: port) }
        try finish(port, on: network, netlink)
    }

    private func plug(into network: ActiveNetwork, _ netlink: NetlinkSocket, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw try refusal(of: network, netlink) ?? error
        }
    }

    /// The kernel says no more of a bridge that is full than that something failed. nil when the bridge isn't full.
    func refusal(of network: ActiveNetwork, _ netlink: NetlinkSocket) throws -> RPCError? {
        let count = try netlink.links().count { $0.master == network.attachment.index }
        guard count >= Self.mostPorts else { return nil }
        return RPCError(
            .internalError,
            "failed to create endpoint on network \(network.name): adding an interface to bridge \(network.bridge) failed: "
                + "exchange full: a bridge of Linux has \(Self.mostPorts) ports at most, and all are taken")
    }

    /// The kernel numbers them from 1 to 1023.
    private static let mostPorts = 1023

    private func finish(_ port: String, on network: ActiveNetwork, _ netlink: NetlinkSocket) throws {
        try netlink.denyLinkLocalAddress(port: port)
        try netlink.enableHairpin(port: port)
        if !network.options.connectsContainers { try netlink.isolate(port: port) }
    }

    private func configure(
        _ interface: String, mac: MACAddress?, _ addresses: [InterfaceAddress], _ plan: EndpointPlan, announces: Bool,
        in place: EndpointPlace
    ) throws {
        let usesIPv6 = addresses.contains { $0.address.family == .v6 }
        let index: Int32
        if let prepared = place.interface {
            index = prepared.index
        } else {
            guard let link = try place.socket.link(named: interface) else { throw NetlinkError.missing("look up link \(interface)") }
            index = link.index
        }
        if let prepared = place.interface, let mac, prepared.mac != mac, usesIPv6 {
            // The kernel makes the link-local address of the hardware address that it finds when IPv6 is turned on.
            try place.socket.activateLink(index: index, mac: mac)
        }
        let isOnlyReaddressed = place.interface.map { $0.mac == mac || announces } ?? false
        if !isOnlyReaddressed || usesIPv6 || !plan.sysctls.isEmpty {
            try visit.inside(place.path) {
                try Self.writeSettings(interface, usesIPv6: usesIPv6, announces: announces, plan.sysctls)
            }
        }
        for address in addresses { try place.socket.addAddress(address, toLink: index) }
        // One that is up already announces its addresses when it is given a hardware address, be it the one it has.
        if let prepared = place.interface, prepared.mac == mac, !announces { return }
        try place.socket.activateLink(index: index, mac: mac)
    }

    private static func writeSettings(
        _ interface: String, usesIPv6: Bool, announces: Bool, _ changes: [EndpointPlan.Setting]
    ) throws {
        let settings = NamespaceSettings()
        try settings.write("net/ipv4/conf/\(interface)/arp_notify", announces ? "1" : "0")
        let keys = "net/ipv6/conf/\(interface)"
        if try settings.read("\(keys)/disable_ipv6") != nil {
            if usesIPv6 {
                try settings.write("\(keys)/accept_dad", "0")
                try settings.write("\(keys)/ndisc_notify", announces ? "1" : "0")
            }
            try settings.write("\(keys)/disable_ipv6", usesIPv6 ? "0" : "1")
        }
        for setting in changes {
            do {
                try settings.write(setting.path(for: interface), setting.value)
            } catch let error as KernelError {
                throw RPCError(.invalidParameter, "failed to set endpoint sysctl: \(error)")
            }
        }
    }
}

extension NetworkService {
    /// Gives the namespace the default routes of its exits, or none.
    func setDefaultRoutes(of sandbox: Sandbox, _ socket: NetlinkSocket, replacing former: Sandbox? = nil) throws {
        for family in IPFamily.allCases {
            let exit = sandbox.exit(family, networks: active)
            if let exit {
                guard let link = try socket.link(named: exit.interface) else {
                    throw NetlinkError.missing("look up link \(exit.interface)")
                }
                try socket.addDefaultRoute(family, via: exit.gateway, link: link.index)
            } else if former?.exit(family, networks: active) != nil {
                try socket.deleteDefaultRoute(family)
            }
        }
    }

    /// Gives addresses back; those of a network that isn't up are free as it is.
    func releaseAddresses(of endpoints: [EndpointRow]) throws {
        for endpoint in endpoints {
            formerAddresses.remember(endpoint)
            for address in endpoint.addresses {
                if let subnet = active[endpoint.networkID]?.subnet(of: address) { try ipam.releaseAddress(subnet.pool, address) }
            }
        }
    }
}
