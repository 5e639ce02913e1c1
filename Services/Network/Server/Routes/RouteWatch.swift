// Notices when the host gets routes and loses them.
import CLinux
import Linux

/// Listens to the kernel's notices about routes in the host's network namespace, on a thread of its own, and knows all there are.
actor RouteWatch {
    /// What became of the routes since the last time.
    enum News: Sendable, Equatable {
        case changes([RouteEvents.Change])
        /// Notices were lost: the routes are to be looked at anew.
        case unknown
    }

    private let thread: LoopThread
    private let socket: NoticeSocket
    /// Routes to everywhere apart. nil when they have to be asked for again.
    private var known: Set<RouteInformation>?
    private var knownUntil: Milliseconds = 0
    private var netlink: NetlinkSocket?
    private let news: AsyncStream<News>.Continuation
    private var untold: [RouteEvents.Change] = []
    private var hasLost = false
    private var isScheduled = false
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Networks that are made and removed bring many routes of their own: what comes within this time is told together.
    private static let pause: Milliseconds = 200
    private static let routing: Int32 = 0
    /// Groups 1, 7 and 11, as bits: interfaces, routes of IPv4 and of IPv6.
    private static let groups: UInt32 = 1 << 0 | 1 << 6 | 1 << 10
    /// Milliseconds for which what is known may be gone by: the kernel doesn't tell when a route takes another's place.
    private static let lifetime: Milliseconds = 30_000

    /// `news` gets what there is, in its order, and ends with the watch. Throws `KernelError` and `EventLoop.Failure`.
    init(home: HomeNamespace, news: AsyncStream<News>.Continuation) async throws {
        thread = try LoopThread(name: "routes", home: home)
        socket = try NoticeSocket(home: home, protocol: Self.routing, groups: Self.groups)
        self.news = news
        try thread.loop.add(socket.descriptor.raw, .readable) { [weak self] _ in
            self?.assumeIsolated { $0.receive() }
        }
    }

    deinit { news.finish() }

    /// All routes there are at this moment, but those to everywhere. Throws `NetlinkError`.
    func routes() throws -> Set<RouteInformation> {
        receive()
        let now = Milliseconds(clamping: clinux_monotonic_nanoseconds() / 1_000_000)
        if let known, now < knownUntil { return known }
        let netlink = try netlink ?? NetlinkSocket()
        self.netlink = netlink
        let all = Set(try (netlink.routes(.v4) + netlink.routes(.v6)).filter(\.isSpecific))
        (known, knownUntil) = (all, now + Self.lifetime)
        return all
    }

    private func receive() {
        var changes: [RouteEvents.Change] = []
        if !socket.receive(&buffer, { changes += RouteEvents.read($0) }) {
            known = nil
            hasLost = true
        }
        for change in changes {
            switch change {
            case .added(let route): known?.insert(route)
            case .removed(let route): known?.remove(route)
            case .interfaceLost(let index): known = known?.filter { $0.interfaces != [index] }
            }
        }
        untold += changes
        if hasLost || !changes.isEmpty { schedule() }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        thread.loop.schedule(afterMilliseconds: Self.pause) { [weak self] in
            self?.assumeIsolated { $0.tell() }
        }
    }

    private func tell() {
        news.yield(hasLost ? .unknown : .changes(untold))
        (untold, hasLost, isScheduled) = ([], false, false)
    }
}
