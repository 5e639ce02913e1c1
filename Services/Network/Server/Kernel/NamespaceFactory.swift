// Makes and takes apart network namespaces, on a thread of its own.
import CLinux
import Glibc
import Logging
import ServiceKit

/// Makes namespaces by moving its thread into a new one for a moment.
actor NamespaceFactory {
    private let thread: KernelThread
    private let home: HomeNamespace
    /// Where namespaces are pinned.
    private let directory: String
    private let logger: Logger
    private var socket: NetlinkSocket?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(name: String, home: HomeNamespace, directory: String, logger: Logger) throws {
        thread = try KernelThread(name: name, home: home)
        self.home = home
        self.directory = directory
        self.logger = logger
    }

    /// A namespace with loopback only, or with an interface attached to the bridge. Leaves nothing behind when it throws.
    func make(attachedTo bridge: BridgeAttachment?) throws -> PreparedNamespace {
        try build(attachedTo: bridge, users: nil) {
            try KernelError.check(berth_netns_unshare(), "make a network namespace")
        }
    }

    /// The same, belonging to a new user namespace, which lives as long as it does and is still to be mapped.
    func makeUnmapped(attachedTo bridge: BridgeAttachment?) throws -> PreparedNamespace {
        let (users, network) = try UnmappedUsers.make()
        return try build(attachedTo: bridge, users: users) {
            try KernelError.check(berth_netns_enter(network.raw), "enter the network namespace of a user namespace")
        }
    }

    private func build(
        attachedTo bridge: BridgeAttachment?, users: UnmappedUsers?, enterNew: () throws -> Void
    ) throws -> PreparedNamespace {
        let name = Hexadecimal.random(bytes: 6)
        let path = "\(directory)/\(name)"
        let host = try hostSocket()
        try enterNew()
        defer { returnHome() }
        try KernelError.check(berth_netns_pin(path), "pin \(path)")
        FaultPoint.reach("network.namespace.pinned")
        do {
            let inside = try NetlinkSocket()
            let settings = NamespaceSettings()
            try configureLoopback(inside, settings)
            let interface = try bridge.map { try attach(to: $0, host: host, inside: inside, settings) }
            FaultPoint.reach("network.namespace.attached")
            return PreparedNamespace(name: name, path: path, socket: inside, interface: interface, users: users)
        } catch {
            unpin(path)
            throw error
        }
    }

    /// As for several.
    func dismantle(pin: String, interfaces: [String]) throws {
        try dismantle([NamespaceRemoval(pin: pin, interfaces: interfaces)])
    }

    /// Removes the host's ends of the interfaces, which takes the containers' along, and the pins.
    ///
    /// Once it returns, nothing of the namespaces is on the network, even if a process still lives in one.
    func dismantle(_ removals: [NamespaceRemoval]) throws {
        try hostSocket().deleteLinks(named: removals.flatMap(\.interfaces))
        FaultPoint.reach("network.namespace.detached")
        for removal in removals {
            let path = "\(directory)/\(removal.pin)"
            try KernelError.check(berth_netns_unpin(path), "unpin \(path)")
        }
        FaultPoint.reach("network.namespace.dismantled")
    }

    /// Removes the host's ends of interfaces, which take the containers' along.
    func remove(interfaces: [String]) throws {
        try hostSocket().deleteLinks(named: interfaces)
    }

    private func configureLoopback(_ inside: NetlinkSocket, _ settings: NamespaceSettings) throws {
        try inside.activateLink(index: 1)
        try settings.write("net/ipv4/ip_unprivileged_port_start", "0")
        try settings.write("net/ipv4/ping_group_range", "0 2147483647")
    }

    /// The thread is in the new namespace; `host` speaks for the other one all the same.
    private func attach(
        to bridge: BridgeAttachment, host: NetlinkSocket, inside: NetlinkSocket, _ settings: NamespaceSettings
    ) throws -> PreparedNamespace.Interface {
        let hostName = Self.cableName()
        let own = Descriptor(try KernelError.check(berth_netns_open_own(), "open the new network namespace"))
        try host.addVeth(name: hostName, bridge: bridge.index, mtu: bridge.mtu, peer: Self.firstInterface, namespace: own)
        do {
            try host.denyLinkLocalAddress(port: hostName)
            try host.enableHairpin(port: hostName)
            guard let link = try inside.link(named: Self.firstInterface) else {
                throw KernelError(operation: "look up \(Self.firstInterface)", code: ENODEV)
            }
            try configureInterface(settings)
            try inside.activateLink(index: link.index)
            return PreparedNamespace.Interface(
                name: Self.firstInterface, index: link.index, mac: link.mac, hostName: hostName, bridge: bridge.index)
        } catch {
            discard(hostName, host)
            throw error
        }
    }

    /// Can announce its addresses, since former containers' may be remembered for them; no IPv6 on an IPv4 network.
    private func configureInterface(_ settings: NamespaceSettings) throws {
        try settings.write("net/ipv4/conf/\(Self.firstInterface)/arp_notify", "1")
        let key = "net/ipv6/conf/\(Self.firstInterface)/disable_ipv6"
        if try settings.read(key) != nil { try settings.write(key, "1") }
    }

    static let firstInterface = "eth0"

    /// A new name for the host's end of a cable.
    static func cableName() -> String { "veth\(Hexadecimal.random(bytes: 4).prefix(7))" }

    /// Opened while the thread is at home, which it always is between calls.
    private func hostSocket() throws -> NetlinkSocket {
        if let socket { return socket }
        let opened = try NetlinkSocket()
        socket = opened
        return opened
    }

    /// A thread that can't go back must not serve: it would make changes in the wrong namespace.
    private func returnHome() {
        let result = berth_netns_enter(home.descriptor.raw)
        guard result < 0 else { return }
        logger.critical("can't return to the host's network namespace", metadata: ["code": "\(-result)"])
        exit(EXIT_FAILURE)
    }

    private func unpin(_ path: String) {
        let result = berth_netns_unpin(path)
        if result < 0 { logger.warning("can't unpin a namespace", metadata: ["path": "\(path)", "code": "\(-result)"]) }
    }

    private func discard(_ interface: String, _ host: NetlinkSocket) {
        do {
            try host.deleteLink(named: interface)
        } catch {
            logger.warning("can't delete a link", metadata: ["link": "\(interface)", "error": "\(error)"])
        }
    }
}
