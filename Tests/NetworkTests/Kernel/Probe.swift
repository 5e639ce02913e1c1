// Somebody in a network namespace: a neighbour, a container, or the host.
import CLinux
import Contracts
import Dispatch
import Glibc

@testable import NetworkServer

/// Works on a thread in its namespace. A server answers each client with the address it saw it come from.
actor Probe {
    private let thread: KernelThread
    nonisolated let path: String
    private var netlink: NetlinkSocket?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(path: String) throws {
        self.path = path
        thread = try KernelThread(name: "probe", home: HomeNamespace(path: path))
    }

    private func socket() throws -> NetlinkSocket {
        if let netlink { return netlink }
        let opened = try NetlinkSocket()
        netlink = opened
        return opened
    }

    func links() throws -> [LinkInformation] { try socket().links() }

    func addresses(_ name: String, family: IPFamily = .v4) throws -> [String] {
        guard let link = try socket().link(named: name) else { return [] }
        return try socket().addresses(ofLink: link.index, family: family).map(\.description)
    }

    func defaultGatewayWorks(_ name: String) throws -> Bool {
        guard let link = try socket().link(named: name) else { return false }
        return try socket().routes().contains { $0.destination.length == 0 && $0.interfaces == [link.index] }
    }

    func sysctl(_ key: String) throws -> String? { try Sysctl.read(key) }

    /// A cable to another namespace.
    func connect(to other: String, name: String, address: String, peer: String = "eth0") throws {
        let namespace = try HomeNamespace(path: other)
        try socket().addVeth(name: name, bridge: 0, mtu: 1500, peer: peer, namespace: namespace.descriptor)
        try configure(name, address: address, gateway: nil)
    }

    func configure(_ name: String, address: String, gateway: String?) throws {
        guard let link = try socket().link(named: name), let address = InterfaceAddress(address) else { return }
        try socket().activateLink(index: link.index)
        try socket().addAddress(address, toLink: link.index)
        if let gateway = gateway.flatMap({ IPAddress($0) }) { try socket().addDefaultRoute(gateway.family, via: gateway, link: link.index) }
    }

    /// Answers until the listener goes.
    func serve(_ transport: PortBinding.Transport, port: UInt16, family: IPFamily = .v4) throws -> Listener {
        let descriptor = try Self.open(transport, family)
        var address = SocketName(IPAddress(family: family, value: 0), port)
        let bound = address.withPointer { bind(descriptor, $0, $1) }
        guard bound == 0, transport == .udp || listen(descriptor, 16) == 0 else {
            let code = errno
            close(descriptor)
            throw KernelError(operation: "serve \(port)", code: code)
        }
        return Listener(descriptor, transport)
    }

    /// What the server answers; nil when there is no answer within the time. `source` is the own port, any for 0.
    func ask(
        _ address: String, _ port: UInt16, _ transport: PortBinding.Transport = .tcp, source: UInt16 = 0, milliseconds: Int = 5000
    ) throws -> String? {
        guard let target = IPAddress(address) else { return nil }
        let descriptor = try Self.open(transport, target.family)
        defer { close(descriptor) }
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var own = SocketName(IPAddress(family: target.family, value: 0), source)
        guard own.withPointer({ bind(descriptor, $0, $1) }) == 0 else { throw KernelError(operation: "bind", code: errno) }
        var name = SocketName(target, port)
        guard name.withPointer({ Glibc.connect(descriptor, $0, $1) }) == 0 else { return nil }
        if transport == .udp { send(descriptor, "?", 1, 0) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// How many of so many clients at a time get an answer.
    func attempts(
        _ address: String, _ port: UInt16, _ transport: PortBinding.Transport, count: Int, milliseconds: Int32 = 500
    ) throws -> Int {
        guard let target = IPAddress(address) else { return 0 }
        var name = SocketName(target, port)
        let sockets = try (0..<count).map { _ -> pollfd in
            let descriptor = try Self.open(transport, target.family)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = name.withPointer { Glibc.connect(descriptor, $0, $1) }
            if transport == .udp { send(descriptor, "?", 1, 0) }
            return pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        }
        defer { for socket in sockets { close(socket.fd) } }
        // The last answers come soonest after the last question.
        poll(nil, 0, milliseconds)
        return sockets.filter { socket in
            var byte: UInt8 = 0
            return recv(socket.fd, &byte, 1, 0) > 0
        }.count
    }

    private static let limit = berth_descriptor_limit_raise()

    private static func open(_ transport: PortBinding.Transport, _ family: IPFamily) throws -> Int32 {
        let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let opened = Glibc.socket(family.domain, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard opened >= 0 else { throw KernelError(operation: "socket", code: errno) }
        // Hundreds at a time: low numbers are left for libnftables, which takes none above 1023 and ends the process.
        let descriptor = limit >= 0 ? berth_descriptor_raise(opened, NamespaceSockets.lowestNumber) : opened
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }
}

/// A server on a thread of its own; ends when the last reference goes.
final class Listener: Sendable {
    private let descriptor: Int32

    init(_ descriptor: Int32, _ transport: PortBinding.Transport) {
        self.descriptor = descriptor
        DispatchQueue.global().async {
            transport == .tcp ? Self.serveConnections(descriptor) : Self.serveDatagrams(descriptor)
            close(descriptor)
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func serveConnections(_ descriptor: Int32) {
        while true {
            var peer = SocketName()
            let client = peer.withPointer { accept(descriptor, $0, &$1) }
            guard client >= 0 else { return }
            let text = Array(address(peer).utf8)
            send(client, text, text.count, Int32(MSG_NOSIGNAL))
            close(client)
        }
    }

    private static func serveDatagrams(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            var peer = SocketName()
            let count = peer.withPointer { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &$1) }
            guard count > 0 else { return }
            let text = Array(address(peer).utf8)
            _ = peer.withPointer { sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, $1) }
        }
    }

    private static func address(_ peer: SocketName) -> String { peer.key.map { "\($0.address)" } ?? "" }
}
