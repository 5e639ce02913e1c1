// The parent links of macvlan and ipvlan networks: found, or made.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Whether the network needs its parent to be made. Errors: `invalidParameter` for one that can't be, forbidden for one that
    /// belongs to another network alone.
    func needsParent(_ row: NetworkRow) throws -> Bool {
        guard let options = row.parentOptions else { return false }
        let others = networks.filter { $0.parentOptions != nil && $0.parentName == row.parentName }
        if let other = others.first(where: { options.isExclusive || $0.parentOptions?.isExclusive == true }) {
            throw RPCError(.forbidden, "network \(other.name) is already using parent interface \(row.parentName)")
        }
        let netlink = try kernel().netlink
        if try netlink.link(named: row.parentName) != nil { return false }
        guard let parent = options.parent else { return true }
        guard let vlan = ParentOptions.vlan(parent) else {
            throw RPCError(.invalidParameter, "invalid subinterface vlan name \(parent), example formatting is eth0.10")
        }
        guard try netlink.link(named: vlan.parent) != nil else {
            throw RPCError(.invalidParameter, "failed to find master interface \(vlan.parent) on the Docker host")
        }
        return true
    }

    /// Finds the parent, or makes it if that was decided when the network was made.
    func raiseParent(_ row: NetworkRow, _ options: ParentOptions, _ subnets: [ActiveNetwork.Subnet]) throws -> ActiveNetwork {
        let (netlink, name) = (try kernel().netlink, row.parentName)
        if try netlink.link(named: name) == nil, row.configuration?.madeParent == true { try makeParent(name, options, netlink) }
        guard let link = try netlink.link(named: name) else { throw NetlinkError.missing("look up link \(name)") }
        if row.configuration?.madeParent == true { try netlink.activateLink(index: link.index) }
        var made = NetworkOptions()
        made.mtu = options.mtu
        made.interfacePrefix = options.interfacePrefix
        made.announcements = options.announcements
        return ActiveNetwork(
            row: row, options: made, bridge: name, subnets: subnets,
            attachment: BridgeAttachment(index: link.index, mtu: options.mtu ?? Int(link.mtu)), parent: options)
    }

    private func makeParent(_ name: String, _ options: ParentOptions, _ netlink: NetlinkSocket) throws {
        try Self.naming(options.parent == nil ? "dummy" : "vlan") {
            guard let vlan = options.parent.flatMap(ParentOptions.vlan) else { return try netlink.addDummy(name: name) }
            guard let below = try netlink.link(named: vlan.parent) else { throw NetlinkError.missing("look up link \(vlan.parent)") }
            try netlink.addLink(LinkRequest(name: name, link: .vlan(vlan.id), parent: below.index))
        }
    }

    /// Makes a link as containers will have, and takes it away again, so that the reason why not is told when the network is made.
    func tryParent(_ network: ActiveNetwork) throws {
        guard let options = network.parent else { return }
        let name = "try\(Hexadecimal.random(bytes: 4))"
        let netlink = try kernel().netlink
        try Self.naming(network.row.driver) {
            try netlink.addLink(LinkRequest(name: name, link: options.link, parent: network.attachment.index))
        }
        try netlink.deleteLink(named: name)
    }

    private static func naming(_ kind: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as NetlinkError where error.isUnsupported {
            let module = kind == "vlan" ? "8021q" : kind
            throw RPCError(.notImplemented, "the kernel of this host has no \(kind) links: \(error); `modprobe \(module)` may add them")
        } catch let error as NetlinkError {
            throw RPCError(.invalidParameter, "the parent interface can't be used: \(error)")
        }
    }

    /// A parent that the engine made goes with the last network that needs it.
    func releaseParent(of row: NetworkRow) throws {
        guard row.configuration?.madeParent == true else { return }
        guard var heir = networks.first(where: { $0.id != row.id && $0.parentOptions != nil && $0.parentName == row.parentName }) else {
            try kernel().netlink.deleteLink(named: row.parentName)
            return
        }
        heir.configuration?.madeParent = true
        try durably { try store.save(heir) }
        networks = networks.map { $0.id == heir.id ? heir : $0 }
        active[heir.id]?.row = heir
    }

    /// A link of the network's in a container. Throws `NetlinkError`.
    func addStacked(_ interface: String, on network: ActiveNetwork, _ options: ParentOptions, in place: EndpointPlace) throws {
        let namespace = try HomeNamespace(path: place.path)
        try kernel().netlink.addLink(
            LinkRequest(
                name: interface, link: options.link, parent: network.attachment.index, namespace: namespace.descriptor.raw,
                mtu: network.attachment.mtu))
    }

    /// Removes interfaces that have no other end at the host, from inside. A namespace that is gone has none.
    func removeStacked(_ endpoints: [EndpointRow], of sandbox: SandboxRow) {
        let names = endpoints.filter { $0.hostInterface.isEmpty }.map(\.interface)
        guard !names.isEmpty, let namespace = sandbox.namespace else { return }
        do {
            let socket = try visit.inside("\(settings.layout.networkNamespaces)/\(namespace)") { try NetlinkSocket() }
            for name in names { try socket.deleteLink(named: name) }
        } catch {
            logger.warning("can't remove interfaces", metadata: ["container": "\(sandbox.containerID)", "error": "\(error)"])
        }
    }
}
