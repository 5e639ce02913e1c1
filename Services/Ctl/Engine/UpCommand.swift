// berthctl up: an engine on a host without systemd.
import ArgumentParser
import Contracts
import Foundation
import Glibc
import Logging
import Persistence
import ServiceKit

struct UpCommand: ParsableCommand {
    static let name = "up"

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Runs the engine's services until SIGTERM or Ctrl-C.",
        discussion: """
            Starts the image service, the network service, the shim listener and the gateway as child processes, starts one again \
            when it ends, and stops them in the reverse order. Containers go on running meanwhile, and when the engine is stopped.
            On a host with systemd, use the units of deploy/systemd instead.
            All flags of dockerd are taken, and where dockerd refuses a setting that is both a flag and in the file, here the flag \
            counts. Called by the name berthd, this program is this command.
            """,
        version: EngineVersion.current)

    @OptionGroup var engine: EngineOptions
    @OptionGroup var network: NetworkOverrides
    @OptionGroup var registries: RegistryOptions
    @OptionGroup var dockerd: DockerdFlags

    @Option(help: "Directory of the services' executables (default: where berthctl finds them).")
    var libexec: String?

    @Option(name: .customLong("gateway-user"), help: "User the gateway runs as (default: berth if there is one, otherwise root).")
    var gatewayUser: String?

    @Option(name: .customLong("log-directory"), help: "Write a log file for each service there instead of standard error.")
    var logDirectory: String?

    @Flag(name: .customLong("validate"), inversion: .prefixedNo, help: "Check the configuration, and exit.")
    var validatesOnly = false

    /// Where nothing is said, what dockerd does counts.
    @Flag(name: .customLong(Self.standInFlag), help: .hidden)
    var standsForDockerd = false
    static let standInFlag = "as-dockerd"

    @Flag(help: "Return as soon as the engine answers, and leave it running in the background.")
    var detach = false

    @Option(name: .customLong("wait-seconds"), help: "How long --detach waits for the engine to answer.")
    var waitSeconds = 60

    func validate() throws {
        guard (1...3600).contains(waitSeconds) else { throw ValidationError("--wait-seconds must be from 1 to 3600") }
    }

    func run() throws {
        let layout = try engine.layout()
        if validatesOnly { return try check(layout) }
        if detach { return try DetachedStart(layout: layout, waitSeconds: waitSeconds).run() }
        let configuration = try wantedConfiguration()
        let handover = try ServiceManagerHandover.take(for: configuration.hosts)
        let user = try EngineUser.forGateway(named: gatewayUser)
        let socketGroup = try configuration.group.map(EngineUser.group) ?? user.gid
        let lock = try RunLock.acquire(layout: layout)
        defer { lock.release() }
        let rootLock = try RunLock.acquireRoot(layout: layout)
        defer { rootLock.release() }
        try OtherEngine(layout: layout).refuse()
        try EngineDirectories(layout: layout, gateway: user).prepare()
        let files = GatewayFiles(layout: layout, user: user)
        defer { files.remove() }
        try files.handedOver(configuration).write(to: layout)
        let hosts = try HostSockets.open(configuration.hosts, group: socketGroup, layout: layout)
            .adding(configuration.scopedSockets, given: handover.sockets, group: socketGroup, tell: Self.tell)
        defer { hosts.close() }
        if user == .root { Self.noteRootGateway() }
        let programs = ServiceProgram.all(
            layout: layout, directory: services, gateway: user, logLevel: engine.logLevel,
            isDebugging: configuration.level == .debug, socketGroup: socketGroup, inherited: handover.sockets + hosts.sockets)
        try configuration.pidFile.map(Self.writePID)
        defer { if let path = configuration.pidFile { unlink(path) } }
        var current = configuration
        // A service that is started again on its own must not be the only one to have a change.
        let reload = {
            let others = try current.reload(wantedConfiguration())
            try files.handedOver(current).write(to: layout)
            return others
        }
        try Supervisor(programs: programs, layout: layout, logDirectory: logDirectory, handover: handover, onReload: reload).run()
    }

    private var services: String { libexec ?? ExecutablePath.services }

    private func check(_ layout: EngineLayout) throws {
        let configuration = try wantedConfiguration()
        _ = try configuration.group.map(EngineUser.group)
        try ConfigurationCheck(configuration: configuration, layout: layout, directory: services).run()
    }

    /// What the file says, with what the environment and the flags say instead.
    private func wantedConfiguration() throws -> EngineConfiguration {
        try configuration(over: engine.loadConfiguration().overridden(byEnvironment: ProcessInfo.processInfo.environment))
    }

    /// A configuration with what the flags say instead. Errors: `ConfigurationError`.
    func configuration(over file: EngineConfiguration) throws -> EngineConfiguration {
        var configuration = try dockerd.applied(to: registries.applied(to: network.applied(to: file)))
        guard standsForDockerd else { return configuration }
        if configuration.hosts.isEmpty { configuration.hosts = [HostSockets.standardHost] }
        if configuration.group == nil, getgrnam(Self.dockerdsGroup) != nil { configuration.group = Self.dockerdsGroup }
        return configuration
    }

    /// Whom dockerd gives its socket to, if there is such a group.
    private static let dockerdsGroup = "docker"

    private static func writePID(to path: String) throws {
        let directory = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try AtomicFile.write(Data("\(getpid())\n".utf8), to: path, mode: 0o644)
    }

    private static let logger = Logger(label: "berthctl") { StreamLogHandler.standardError(label: $0) }

    private static func tell(_ socket: ScopedSocket, _ error: any Error) {
        logger.error(
            "a socket with a policy can't be opened; the engine goes on without it",
            metadata: ["path": "\(socket.path)", "error": "\(error)"])
    }

    private static func noteRootGateway() {
        logger.notice(
            "the gateway runs as root; to take its privileges away, make a user '\(EngineUser.standardName)', or use --gateway-user"
        )
    }
}

/// What the engine's network is called on the host: together with --root and --run, what keeps engines apart.
struct NetworkOverrides: ParsableArguments {
    @Option(
        name: [.customShort("b", allowingJoined: true), .customLong("bridge")],
        help: "Name of the default network's bridge, instead of the configuration's.")
    var bridge: String?

    @Option(help: "Address and prefix of the default bridge, such as 10.88.0.1/24, instead of the configuration's.")
    var bip: String?

    @Option(
        name: .customLong("default-address-pool"),
        help: "Range further networks are cut from, such as base=10.89.0.0/16,size=24, instead of the configuration's. May be repeated.",
        transform: { try NetworkOverrides.pool($0) })
    var pools: [EngineConfiguration.AddressPool] = []

    @Option(name: .customLong("nftables-table"), help: "Name of the engine's nftables table, instead of the configuration's.")
    var nftablesTable: String?

    @Option(name: .customLong("cgroup-parent"), help: "Parent of the containers' control groups, instead of the configuration's.")
    var cgroupParent: String?

    @Option(
        name: .customLong("publish-policy"),
        help: "Who may reach published ports: any, loopback, or networks separated by commas, instead of the configuration's.")
    var publishPolicy: String?

    @Option(
        name: .customLong("userns-remap"),
        help: "Whose subordinate IDs containers have: user, user:group or default, instead of the configuration's.")
    var usersRemap: String?

    func applied(to original: EngineConfiguration) throws -> EngineConfiguration {
        var configuration = original
        configuration.usersRemap = usersRemap ?? configuration.usersRemap
        configuration.bridge = bridge ?? configuration.bridge
        configuration.bip = bip ?? configuration.bip
        configuration.nftablesTable = nftablesTable ?? configuration.nftablesTable
        configuration.publishPolicy = publishPolicy ?? configuration.publishPolicy
        configuration.cgroupParent = cgroupParent ?? configuration.cgroupParent
        if !pools.isEmpty { configuration.defaultAddressPools = pools }
        try configuration.validate()
        return configuration
    }

    static func pool(_ text: String) throws -> EngineConfiguration.AddressPool {
        let fields = text.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let values = Dictionary(fields.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
        guard fields.count == 2, let base = values["base"], let size = values["size"].flatMap(Int.init) else {
            throw ValidationError("an address pool is written base=10.89.0.0/16,size=24, not '\(text)'")
        }
        return EngineConfiguration.AddressPool(base: base, size: size)
    }
}
