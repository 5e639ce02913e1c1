// The network service: networks and sandboxes, whoever asks for them.
import CLinux
import CNetlink
import Contracts
import GRDB
import Logging
import RPC
import ServiceKit

/// Owns one engine's networking. Runs on a thread of its own, in the host's network namespace: what it does to the kernel,
/// the database and the files is done there, one thing after another, and only the making and taking apart of namespaces,
/// which may take long, happens elsewhere.
public actor NetworkService {
    let settings: NetworkSettings
    let store: NetworkStore
    let logger: Logger
    /// Makes namespaces.
    let factory: NamespaceFactory
    /// Takes them apart, on another thread, so that removals don't hold up starts.
    let dismantler: NamespaceFactory
    let removals: NamespaceRemovals
    let pool: WarmPool
    private let thread: KernelThread
    private let lock: InstanceLock?

    var networks: [NetworkRow] = []
    var sandboxes: [String: Sandbox] = [:]
    var ipam: IPAM
    var formerAddresses = FormerAddresses()
    var ports = PortRegistry(ephemeral: .fallback)
    /// Ports that are reached without translation.
    var openPorts: Set<OpenPort> = []
    /// Ways between linked containers that are open.
    var openWays: Set<LinkedWay> = []
    /// The networks that are up, by ID.
    var active: [String: ActiveNetwork] = [:]
    /// Subnets of networks that are about to come up.
    var claimed: [String: [ActiveNetwork.Subnet]] = [:]
    let visit: NamespaceVisit
    /// Answers the containers' lookups.
    let resolver: ResolverServer
    /// Serves published ports that the kernel can't lead to their containers.
    let proxy: PortProxy
    /// Sockets of such ports, kept by the supervisor.
    let keptPorts: DescriptorStore
    /// Sockets that an earlier process had, until they are taken over.
    var restoredPorts: [String: Descriptor]
    /// IDs of the containers whose lookups it answers.
    var served: Set<String> = []
    var watch: FirewallWatch?
    var routes: RouteWatch?
    /// Routes of the host that lead into networks' subnets.
    var overlaps = RouteOverlaps()
    var notices = NoticeBoard()
    /// Families in which the host forwards packets only because the engine needs it.
    var opensForwarding: Set<IPFamily> = []
    /// A bridge that couldn't be made again is about to be tried once more.
    var restoresLater = false
    /// The packet filter has its rules.
    var hasRules = false
    private var openKernel: HostKernel?
    private var turns = TurnQueue()

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens the database; touches nothing of the kernel yet. The calling thread's network namespace becomes the service's,
    /// and the lock is held as long as the service.
    ///
    /// `kept` is what the supervisor keeps over restarts.
    public init(settings: NetworkSettings, lock: InstanceLock, kept: DescriptorStore, logger: Logger) throws {
        try self.init(settings: settings, lock: lock, home: HomeNamespace(), kept: kept, logger: logger)
    }

    init(
        settings: NetworkSettings, lock: InstanceLock?, home: HomeNamespace, kept: DescriptorStore = DescriptorStore(), logger: Logger
    ) throws {
        self.settings = settings
        self.lock = lock
        self.logger = logger
        try Directories.make(settings.layout.networkState, mode: 0o711)
        try Directories.make(settings.layout.networkNamespaces, mode: 0o711)
        store = try NetworkStore(path: "\(settings.layout.networkState)/network.sqlite")
        visit = NamespaceVisit(home: home, logger: logger)
        ipam = IPAM(predefined: settings.pools + (try Self.uniqueLocalPools(settings, store)))
        let pins = settings.layout.networkNamespaces
        let isPort: @Sendable (String) -> Bool = { $0.hasPrefix(ProxiedPort.Key.keptPrefix) }
        keptPorts = kept.part(where: isPort)
        restoredPorts = keptPorts.restored.compactMapValues { $0.first }.mapValues {
            Descriptor(berth_descriptor_raise($0, NamespaceSockets.lowestNumber))
        }
        proxy = try PortProxy(home: home, policy: settings.publishPolicy, logger: logger)
        resolver = try ResolverServer(
            home: home, store: kept.part { !isPort($0) }, hostFile: HostResolverFile(host: settings.hostResolver), logger: logger)
        thread = try KernelThread(name: Self.threadName, home: home)
        factory = try NamespaceFactory(name: "net-factory", home: home, directory: pins, logger: logger)
        dismantler = try NamespaceFactory(name: "net-dismantler", home: home, directory: pins, logger: logger)
        removals = NamespaceRemovals(factory: dismantler, thread: thread, logger: logger)
        pool = WarmPool(factory: factory, thread: thread, size: settings.warmPool, logger: logger)
    }

    /// The thread's name, by which the service knows its own changes of the packet filter.
    static let threadName = "network"

    /// Where IPv6 subnets come from unless the configuration says so.
    private static func uniqueLocalPools(_ settings: NetworkSettings, _ store: NetworkStore) throws -> [PoolTemplate] {
        guard !settings.pools.contains(where: { $0.base.family == .v6 }) else { return [] }
        let known = try store.setting(.uniqueLocalPrefix).flatMap { IPPrefix($0) }
        guard let prefix = known ?? UniqueLocalPrefix.random(), let template = UniqueLocalPrefix.template(of: prefix) else { return [] }
        if known == nil { try store.set(.uniqueLocalPrefix, "\(prefix)") }
        return [template]
    }

    var defaultNetworkID: String? { networks.first { $0.name == PredefinedNetworks.bridgeName }?.id }
    /// The default network, once it is up.
    var bridge: ActiveNetwork? { defaultNetworkID.flatMap { active[$0] } }

    /// Every network.
    public func listNetworks() -> [NetworkRecord] {
        networks.map { $0.record(settings: settings, subnets: active[$0.id]?.subnets ?? []) }
    }

    /// Every sandbox there is, in the order of their containers' IDs.
    public func listSandboxes() -> [SandboxRecord] {
        sandboxes.values.sorted { $0.row.containerID < $1.row.containerID }.map(record)
    }

    /// Returns when nothing is left of the sandboxes removed so far.
    public func settle() async {
        await removals.settle()
    }

    func record(of sandbox: Sandbox) -> SandboxRecord {
        sandbox.record(layout: settings.layout, networks: active, predefined: networks)
    }

    /// Connections to the kernel, opened on this actor's thread and therefore in the host's namespace.
    func kernel() throws -> HostKernel {
        if let openKernel { return openKernel }
        let opened = HostKernel(netlink: try NetlinkSocket(), firewall: try Nftables())
        openKernel = opened
        return opened
    }

    /// Waits until no other call is at work on the container.
    func takeTurn(_ containerID: String) async {
        if turns.begin(containerID) { return }
        await withCheckedContinuation { turns.wait(for: containerID, $0) }
    }

    func endTurn(_ containerID: String) {
        turns.end(containerID)
    }
}

/// The service's connections to the kernel.
struct HostKernel {
    let netlink: NetlinkSocket
    let firewall: Nftables
}

extension NetworkService {
    /// What the packet filter shall be now.
    var ruleSet: RuleSet {
        RuleSet(
            table: settings.table, bridges: active.values.sorted { $0.bridge < $1.bridge }.flatMap(\.filtered),
            publications: ports.publications, openPorts: openPorts, ways: openWays, policy: settings.publishPolicy,
            closesForwarding: opensForwarding, acceptedMark: settings.acceptedMark)
    }

    /// Words changes to the table; knows nothing of what is in it, so that a change costs the same whatever that is.
    var changes: RuleSet { RuleSet(table: settings.table) }

    /// Applies a change that leads to `ruleSet`. Where the table isn't as it was left, all of it is applied anew.
    func applyRules(_ change: String) throws {
        guard !change.isEmpty else { return }
        do {
            try kernel().firewall.run(change)
        } catch {
            logger.warning("the nftables table was changed by someone else; restoring it", metadata: ["error": "\(error)"])
            try kernel().firewall.run(ruleSet.script)
            forgetUnansweredFlows()
        }
    }
}
