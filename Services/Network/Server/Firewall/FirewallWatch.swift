// Notices when the engine's nftables table is changed or flushed by somebody else.
import Linux
import Logging

/// Listens to the kernel's notices about nftables in the host's network namespace, on a thread of its own.
actor FirewallWatch {
    /// A flush comes as many notices: the table is looked after when they have ceased for so long.
    static let pause: Milliseconds = 50

    private let thread: LoopThread
    private let socket: NoticeSocket
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
        socket = try NoticeSocket(home: home, protocol: Self.netfilter, groups: Self.nftablesGroups)
        self.logger = logger
        self.restore = restore
        events = TableEvents(table: table, ownThread: ownThread)
        try listen()
    }

    private static let netfilter: Int32 = 12
    /// Group 7, as a bit.
    private static let nftablesGroups: UInt32 = 1 << 6

    private func listen() throws {
        try thread.loop.add(socket.descriptor.raw, .readable) { [weak self] _ in
            self?.assumeIsolated { $0.receive() }
        }
    }

    /// Where notices were lost, the table is looked after, too.
    private func receive() {
        var isChanged = false
        let isComplete = socket.receive(&buffer) { if events.read($0) { isChanged = true } }
        if isChanged || !isComplete { schedule() }
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
