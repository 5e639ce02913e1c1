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
            try await wreckers.dismantle(pin: namespace.name, interfaces: namespace.interface.map { [$0.hostName] } ?? [])
        }
        for pin in try Directories.names(in: settings.layout.networkNamespaces) {
            try await wreckers.dismantle(pin: pin, interfaces: [])
        }
        try removeBridge(settings.bridge)
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

    private func removeBridge(_ name: String) throws {
        let netlink = try kernel().netlink
        let links = try netlink.links()
        guard let link = links.first(where: { $0.name == name && $0.kind == "bridge" }) else { return }
        for port in links where port.master == link.index && port.kind == "veth" {
            try netlink.deleteLink(named: port.name)
        }
        try netlink.deleteLink(named: link.name)
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
