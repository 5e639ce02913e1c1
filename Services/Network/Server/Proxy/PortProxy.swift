// Serves the published ports that the kernel can't lead to their containers: what dockerd's userland proxy does.
import CLinux
import Contracts
import Glibc
import Linux
import Logging

/// All proxied ports of the engine, on one thread.
actor PortProxy {
    /// A port that is served.
    struct ServedPort {
        var port: ProxiedPort
        /// The socket that holds the port.
        let socket: Descriptor
        var datagrams = DatagramRelay()
    }

    /// Connections of all ports; more are closed at once.
    static let mostConnections = 8192

    private let thread: LoopThread
    private let policy: PublishPolicy
    let logger: Logger
    var ports: [ProxiedPort.Key: ServedPort] = [:]
    var relays: [UInt64: StreamRelay] = [:]
    var buffer = [UInt8](repeating: 0, count: 65_536)
    private var serial: UInt64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Throws `KernelError` and `EventLoop.Failure`.
    init(home: HomeNamespace, policy: PublishPolicy, logger: Logger) throws {
        thread = try LoopThread(name: "proxy", home: home)
        self.policy = policy
        self.logger = logger
    }

    /// Serves a port from now on, or leads it elsewhere. `socket` holds it. Throws `KernelError` and `EventLoop.Failure`.
    func serve(_ port: ProxiedPort, at socket: Descriptor) throws {
        if let entry = ports[port.key], entry.socket === socket {
            for session in entry.datagrams.sessions.values { unwatch(session.socket.raw) }
            ports[port.key] = ServedPort(port: port, socket: socket)
            return
        }
        close(port.key)
        try open(socket, port)
        ports[port.key] = ServedPort(port: port, socket: socket)
        let key = port.key
        try watch(socket.raw, .readable) { proxy, _ in
            key.transport == .tcp ? proxy.accept(key) : proxy.receive(key)
        }
    }

    /// Lets go of a port's socket, and ends what goes through it. Succeeds when there is nothing.
    func close(_ key: ProxiedPort.Key) {
        guard let entry = ports.removeValue(forKey: key) else { return }
        unwatch(entry.socket.raw)
        // The supervisor may have it a moment longer: it must not be in the way of the port's next owner.
        shutdown(entry.socket.raw, Int32(SHUT_RDWR))
        for session in entry.datagrams.sessions.values { unwatch(session.socket.raw) }
        for (serial, relay) in relays where relay.key == key { end(serial, relay) }
    }

    /// Until now it took nothing. Waiting connections are as many as a server of its own would have.
    private func open(_ socket: Descriptor, _ port: ProxiedPort) throws {
        try ProxyAdmission(isLoopbackOnly: port.isLoopbackOnly, policy: policy).apply(to: socket)
        try KernelError.check(clinux_prepare_descriptor(socket.raw), "prepare a proxied port")
        guard port.key.transport == .tcp else { return }
        guard listen(socket.raw, SOMAXCONN) == 0 else { throw KernelError(operation: "listen at a proxied port", code: errno) }
    }

    // MARK: The loop

    func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }

    nonisolated var now: Milliseconds { Milliseconds(clamping: clinux_monotonic_nanoseconds() / 1_000_000) }

    /// Handlers run on the actor's thread, between its jobs.
    func watch(
        _ raw: Int32, _ interest: EventLoop.Interest, _ body: @escaping @Sendable (isolated PortProxy, EventLoop.Ready) -> Void
    ) throws {
        try thread.loop.add(raw, interest) { [weak self] ready in
            self?.assumeIsolated { body($0, ready) }
        }
    }

    func modify(_ raw: Int32, _ interest: EventLoop.Interest) throws { try thread.loop.modify(raw, interest) }

    func unwatch(_ raw: Int32) { thread.loop.remove(raw) }

    func schedule(after delay: Milliseconds, _ body: @escaping @Sendable (isolated PortProxy) -> Void) {
        thread.loop.schedule(afterMilliseconds: delay) { [weak self] in
            self?.assumeIsolated { body($0) }
        }
    }

    /// A socket on its way to a container. Throws `KernelError`.
    func dial(_ port: ProxiedPort, _ type: __socket_type) throws(KernelError) -> Descriptor {
        let flags = Int32(type.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = socket(port.target.family.domain, flags, 0)
        guard raw >= 0 else { throw KernelError(operation: "open a socket", code: errno) }
        let socket = Descriptor(berth_descriptor_raise(raw, NamespaceSockets.lowestNumber))
        try socket.connect(port.target, port.targetPort)
        return socket
    }
}
