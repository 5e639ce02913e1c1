// Notices when the engine's nftables table is changed or flushed by somebody else.
import Glibc
import Linux
import Logging

/// Listens to the kernel's notices about nftables in the host's network namespace, on a thread of its own.
actor FirewallWatch {
    /// A flush comes as many notices: the table is looked after when they have ceased for so long.
    static let pause: Milliseconds = 50

    private let thread: LoopThread
    private let socket: Descriptor
    private let logger: Logger
    private let restore: @Sendable () async -> Void
    private var events: TableEvents
    private var isScheduled = false
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// `restore` is called after each change by somebody else. Throws `KernelError` and `EventLoop.Failure`.
    init(
        home: HomeNamespace, table: String, ownThread: String, logger: Logger, restore: @escaping @Sendable () async -> Void
    ) async throws {
        thread = try LoopThread(name: "firewall", home: home)
        socket = try NamespaceSockets(home: home).open(in: nil, family: AF_NETLINK, SOCK_RAW, protocol: Self.netfilter)
        self.logger = logger
        self.restore = restore
        events = TableEvents(table: table, ownThread: ownThread)
        try Self.subscribe(socket)
        try listen()
    }

    private static let netfilter: Int32 = 12
    /// Group 7, as a bit.
    private static let nftablesGroups: UInt32 = 1 << 6

    /// The kernel drops notices when there is no room, and says so; then the table is looked after, too.
    private static func subscribe(_ socket: Descriptor) throws(KernelError) {
        var room: Int32 = 1 << 20
        setsockopt(socket.raw, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        // A `sockaddr_nl`: the family, an address that the kernel chooses, and the groups. An unbound socket hears nothing.
        let name = [UInt32(AF_NETLINK), 0, nftablesGroups]
        let bound = name.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(socket.raw, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard bound == 0 else { throw KernelError(operation: "listen to changes of nftables", code: errno) }
    }

    private func listen() throws {
        try thread.loop.add(socket.raw, .readable) { [weak self] _ in
            self?.assumeIsolated { $0.receive() }
        }
    }

    private func receive() {
        var isChanged = false
        while true {
            let count = recv(socket.raw, &buffer, buffer.count, 0)
            if count < 0, errno == ENOBUFS {
                isChanged = true
                continue
            }
            guard count > 0 else { break }
            if events.read(Array(buffer[..<count])) { isChanged = true }
        }
        if isChanged { schedule() }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        thread.loop.schedule(afterMilliseconds: Self.pause) { [weak self] in
            self?.assumeIsolated { $0.act() }
        }
    }

    private func act() {
        isScheduled = false
        let restore = restore
        Task { await restore() }
    }
}
