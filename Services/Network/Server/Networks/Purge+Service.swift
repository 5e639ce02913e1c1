// Leaves the host as if the engine had never been there.
import Contracts
import Glibc
import Logging

extension NetworkService {
    /// Removes every sandbox, the bridge, the packet filter's table and the namespaces in stock, and turns forwarding off again
    /// if it was this engine that turned it on. Instead of `start`, or after it; the service can't be used any more.
    public func purge() async throws {
        watch = nil
        routes = nil
        await settle()
        for id in served { await resolver.dismiss(id) }
        served = []
        for namespace in await pool.drain() {
            try await dismantler.dismantle(pin: namespace.name, interfaces: namespace.interface.map { [$0.hostName] } ?? [])
        }
        for pin in try Directories.names(in: settings.layout.networkNamespaces) {
            try await dismantler.dismantle(pin: pin, interfaces: [])
        }
        try removeDefaultBridge()
        for network in try store.networks() where network.hasBridge { try removeBridge(network.bridgeName) }
        for network in try store.networks() where network.configuration?.madeParent == true {
            try kernel().netlink.deleteLink(named: network.parentName)
        }
        active = [:]
        try kernel().firewall.run(RuleSet.removal(ofTable: settings.table))
        try store.deleteAllSandboxes()
        sandboxes = [:]
        try restoreForwarding(.v4, .enabledForwarding)
        try restoreForwarding(.v6, .enabledForwardingV6)
        rmdir(settings.layout.networkNamespaces)
    }

    /// One of the host's stays, without what the engine gave it.
    private func removeDefaultBridge() throws {
        let netlink = try kernel().netlink
        try markEarlierBridge()
        guard let link = try netlink.link(named: settings.bridge), link.kind == "bridge" else { return }
        guard !link.isMarked else { return try removeBridge(link.name) }
        try removePorts(of: link)
        if let lent = try store.setting(.lentAddress).flatMap({ InterfaceAddress($0) }) {
            try netlink.deleteAddress(lent, ofLink: link.index)
        }
        try store.set(.lentAddress, nil)
    }

    private func removeBridge(_ name: String) throws {
        let netlink = try kernel().netlink
        guard let link = try netlink.link(named: name), link.kind == "bridge" else { return }
        try removePorts(of: link)
        try netlink.deleteLink(named: link.name)
    }

    private func removePorts(of bridge: LinkInformation) throws {
        let netlink = try kernel().netlink
        for port in try netlink.links() where port.master == bridge.index && port.kind == "veth" && port.isMarked {
            try netlink.deleteLink(named: port.name)
        }
    }

    /// Another bridge with an address means that another engine may have come to depend on forwarding.
    private func restoreForwarding(_ family: IPFamily, _ setting: NetworkStore.Setting) throws {
        guard try store.setting(setting) != nil else { return }
        let netlink = try kernel().netlink
        let others = try netlink.links().filter { $0.kind == "bridge" && $0.isUp }
        if let other = try others.first(where: { try !netlink.addresses(ofLink: $0.index, family: family).isEmpty }) {
            logger.notice(
                "forwarding of IPv\(family.rawValue) stays on because another bridge may need it", metadata: ["bridge": "\(other.name)"])
        } else {
            try Sysctl.write(Self.forwardingKeys[family] ?? "", "0")
        }
        try store.set(setting, nil)
    }
}
