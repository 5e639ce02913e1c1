// Brings the service and the kernel into step at the start, whatever was left: running sandboxes stay as they are.
import CLinux
import Contracts
import GRDB
import Glibc
import Logging
import ServiceKit

extension NetworkService {
    /// Must return before the first call.
    public func start() async throws {
        // First of all, while low descriptors are free: libnftables can't use others.
        _ = try kernel()
        try loadNetworks()
        try forgetSandboxesOfFormerBoots()
        try store.relaxDurability()
        try claimNetworks()
        let inventory = try takeInventory()
        try await clear(inventory)
        let live = inventory.live
        opensForwarding = try Set(IPFamily.allCases.filter { try store.setting(Self.forwardingSettings[$0] ?? .enabledForwarding) != nil })
        try raiseBridge(isInUse: live.contains { sandbox in sandbox.endpoints.contains { $0.networkID == defaultNetworkID } })
        raiseNetworks()
        try adopt(live)
        for (former, sandbox) in inventory.losses { adapt(former, toLoss: sandbox) }
        plugAgain(live.flatMap(\.endpoints).filter { inventory.loosePorts.contains($0.hostInterface) })
        try installRules()
        forgetUnansweredFlows()
        FaultPoint.reach("network.start.rules")
        try await announceAll()
        await updateWholeProxy()
        warnOfObstacles()
        try await watchRules()
        try await watchRoutes()
        if let bridge {
            await pool.open(bridge.attachment)
            await pool.refill()
        }
    }

    /// Kernels before 5.6 can't tell bridges from other interfaces.
    private func installRules() throws {
        do {
            try kernel().firewall.run(ruleSet.script)
        } catch  where !opensForwarding.isEmpty {
            opensForwarding = []
            try kernel().firewall.run(ruleSet.script)
            warnOfForwarding(error)
        }
        hasRules = true
    }

    /// From the moment it forwards for the engine's sake, the host forwards nothing else.
    func closeForwarding(_ family: IPFamily) throws {
        opensForwarding.insert(family)
        guard hasRules else { return }
        do {
            var rules = changes
            rules.closesForwarding = [family]
            try applyRules(rules.closingScript)
        } catch {
            opensForwarding = []
            try kernel().firewall.run(ruleSet.script)
            warnOfForwarding(error)
        }
    }

    private func warnOfForwarding(_ error: any Error) {
        logger.warning("the host forwards packets between all its interfaces from now on", metadata: ["error": "\(error)"])
    }

    /// Predefined networks get their IDs when the engine first starts, and keep them.
    private func loadNetworks() throws {
        let known = try store.networks()
        for network in PredefinedNetworks.all where !known.contains(where: { $0.name == network.name }) {
            let row = NetworkRow(
                id: Hexadecimal.random(bytes: 32), name: network.name, driver: network.driver, createdAt: Self.now())
            try store.save(row)
        }
        let rows = try store.networks()
        try clearUnfinishedNetworks(rows)
        networks = rows.filter { $0.stage == .ready }.sorted { $0.name < $1.name }
    }

    /// A reboot took their namespaces and addresses along, and what the engine had turned on.
    private func forgetSandboxesOfFormerBoots() throws {
        let boot = try Sysctl.read("kernel/random/boot_id")
        guard try store.setting(.bootID) != boot else { return }
        try store.deleteAllSandboxes()
        for setting in [NetworkStore.Setting.lentAddress, .enabledForwarding, .enabledForwardingV6] { try store.set(setting, nil) }
        try store.set(.bootID, boot)
    }

    private func takeInventory() throws -> Inventory {
        let directory = settings.layout.networkNamespaces
        let pins = try Directories.names(in: directory)
        let (sandboxes, namespaces) = (try store.sandboxes(), Set(try pins.filter { try isPinned("\(directory)/\($0)") }))
        let cables = Set(sandboxes.flatMap(\.endpoints).map(\.hostInterface))
        let links = try kernel().netlink.links()
        let names = Set([settings.bridge] + networks.filter(\.hasBridge).map(\.bridgeName))
        let masters = Set(links.filter { names.contains($0.name) }.map(\.index))
        let loose = links.filter { $0.kind == "veth" && $0.master == 0 && $0.isMarked && cables.contains($0.name) }
        let ports = links.filter { $0.kind == "veth" && masters.contains($0.master) } + loose
        return Inventory(
            sandboxes: sandboxes, pins: Set(pins), namespaces: namespaces,
            bridgePorts: Set(ports.map(\.name)), markedPorts: Set(ports.filter(\.isMarked).map(\.name)),
            loosePorts: Set(loose.map(\.name)),
            lost: try lostEndpoints(of: sandboxes.filter { $0.row.namespace.map(namespaces.contains) ?? false }))
    }

    /// Interfaces of macvlan and ipvlan networks are seen from inside only.
    private func lostEndpoints(of sandboxes: [Sandbox]) throws -> Set<String> {
        var lost: Set<String> = []
        for sandbox in sandboxes {
            let endpoints = sandbox.endpoints.filter(\.hostInterface.isEmpty)
            guard let namespace = sandbox.row.namespace, !endpoints.isEmpty else { continue }
            let socket = try visit.inside("\(settings.layout.networkNamespaces)/\(namespace)") { try NetlinkSocket() }
            for endpoint in endpoints where try socket.link(named: endpoint.interface) == nil { lost.insert(endpoint.id) }
        }
        return lost
    }

    private func isPinned(_ path: String) throws -> Bool {
        try KernelError.check(berth_netns_is_pinned(path), "look at \(path)") == 1
    }

    /// Removes what no live sandbox has, and the records of those that aren't live.
    func clear(_ inventory: Inventory) async throws {
        for port in inventory.strayPorts {
            try kernel().netlink.deleteLink(named: port)
        }
        for pin in inventory.strayPins {
            try await dismantler.dismantle(pin: pin, interfaces: [])
        }
        FaultPoint.reach("network.start.cleared")
        for sandbox in inventory.dead {
            try store.deleteSandbox(sandbox.row.containerID)
        }
        let strays = inventory.strayPins.count + inventory.strayPorts.count + inventory.dead.count
        if strays > 0 {
            logger.info(
                "removed leftovers",
                metadata: [
                    "namespaces": "\(inventory.strayPins.count)", "links": "\(inventory.strayPorts.count)",
                    "sandboxes": "\(inventory.dead.count)",
                ])
        }
    }

    /// Takes the addresses and ports of live sandboxes again.
    private func adopt(_ live: [Sandbox]) throws {
        ports = PortRegistry(
            ephemeral: EphemeralPorts(
                localRange: try Sysctl.read("net/ipv4/ip_local_port_range"),
                reservedPorts: try Sysctl.read("net/ipv4/ip_local_reserved_ports")),
            proxies: settings.proxiesPorts && hasIPv6)
        for sandbox in live {
            sandboxes[sandbox.row.containerID] = sandbox
            for endpoint in sandbox.endpoints {
                for address in endpoint.addresses { adopt(address, of: endpoint) }
            }
            openPorts.formUnion(sandbox.openPorts)
            for publication in sandbox.publications where !restore(publication, of: sandbox) {
                logger.warning(
                    "a program of the host has taken a published port",
                    metadata: [
                        "container": "\(sandbox.row.containerID)", "port": "\(publication.hostAddress):\(publication.hostPort)",
                    ])
            }
        }
    }

    /// The configuration may have given it away meanwhile, as the gateway's.
    private func adopt(_ address: IPAddress, of endpoint: EndpointRow) {
        guard let subnet = active[endpoint.networkID]?.subnet(of: address) else { return }
        do {
            _ = try ipam.requestAddress(subnet.pool, address)
        } catch {
            logger.warning(
                "a container's address is somebody else's, too",
                metadata: [
                    "container": "\(endpoint.containerID)", "address": "\(address)", "error": "\(error)",
                ])
        }
    }

    private func restore(_ publication: Publication, of sandbox: Sandbox) -> Bool {
        let kept = publication.proxied.flatMap { restoredPorts[$0.key.keptName] }
        return ports.restore(publication, owner: sandbox.row.containerID, kept: kept)
    }

    /// Whether the host can have IPv6 sockets.
    private var hasIPv6: Bool {
        (try? PortReservation(.udp, IPAddress(family: .v6, value: 0), 0)) != nil
    }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
