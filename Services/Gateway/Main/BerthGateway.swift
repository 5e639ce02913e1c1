// berth-gateway: the Docker Engine API in front of the engine's services.
import ArgumentParser
import Contracts
import FoundationEssentials
import GatewayAPI
import GatewayOrchestration
import Logging
import NIOCore
import NIOPosix
import ServiceKit
import ServiceLifecycle

@main
struct BerthGateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth-gateway", abstract: "Serves the Docker Engine API.", version: EngineVersion.current)

    /// The host that stands for the sockets a supervisor opened.
    private static let activation = "fd://"

    @OptionGroup var options: ServiceOptions

    @Option(
        name: [.customShort("H"), .customLong("host")], parsing: .singleValue,
        help: "Where to listen besides the run directory's socket: unix:///path, tcp://address:port or fd://. May be repeated.")
    var hosts: [String] = []

    @Option(help: "Name or number of the group that may use the sockets (default: the process's).")
    var group: String?

    @Flag(name: .customLong("insecure-tcp"), help: "Allows TCP without TLS at addresses that other machines reach.")
    var insecureTCP = false

    func validate() throws {
        for host in hosts where host != Self.activation && ListenAddress(host) == nil {
            throw ValidationError("--host \(host) is none of unix:///path, tcp://address:port and fd://")
        }
    }

    func run() async throws {
        // Requests wait for other processes, not for this one: two threads carry them, and an idle gateway stays small.
        Heap.useFewArenas()
        NIOSingletons.groupLoopCountSuggestion = 2
        NIOSingletons.blockingPoolThreadCountSuggestion = 1
        EventLoopNiceness.apply(to: MultiThreadedEventLoopGroup.singleton)
        let (hosts, group, insecureTCP, options) = (hosts, group, insecureTCP, options)
        try await ServiceBootstrap.run(name: "berth-gateway", options: options) { environment in
            let settings = try EngineSettings(environment.configuration, variables: ProcessInfo.processInfo.environment)
            if environment.options.validatesOnly {
                try Self.check(environment, hosts: hosts)
                return []
            }
            let listening = try Self.listening(environment, hosts: hosts, group: group, insecureTCP: insecureTCP)
            for notice in settings.configuration.notices { environment.logger.notice("\(notice)") }
            let engine = try Engine(environment, settings)
            let api = EngineAPI(engine.backends)
            let server = EngineServer(listening, api: api, logger: environment.logger, onReady: { environment.ready() })
            var servers: [any Service] = [server] + Self.scopedServers(environment, engine)
            if let address = try Self.metricsAddress(environment) {
                servers.append(EngineServer(address, api: .metrics(engine.backends), logger: environment.logger))
            }
            return [EngineService(engine: engine), ReloadService(environment) { engine.reload($0) }]
                + servers
        }
    }

    /// The run directory's socket, unless a supervisor opened one, and what flags and configuration name.
    private static func listening(
        _ environment: ServiceEnvironment, hosts: [String], group: String?, insecureTCP: Bool
    ) throws -> EngineServerConfiguration {
        let wanted = hosts + environment.configuration.hosts
        let named = try addresses(wanted, environment.configuration.tls)
        // A socket with a policy offers no more than that, whatever the name is that it came with.
        let scopedPaths = Set(environment.configuration.scopedSockets.map(\.path))
        let activated = environment.activatedSockets
            .filter { !$0.isScoped && !($0.path.map(scopedPaths.contains) ?? false) }.map(\.descriptor)
        guard !activated.isEmpty || !wanted.contains(activation) else {
            throw ListenError("hosts: fd:// needs a supervisor that opens the socket, and none did")
        }
        let own = activated.isEmpty ? [ListenAddress.unix(environment.layout.gatewaySocket)] : []
        let configuration = EngineServerConfiguration(
            addresses: own + named, descriptors: activated, socketGroup: group ?? environment.configuration.group,
            allowsInsecureTCP: insecureTCP || environment.configuration.tls.isDeclined, tls: tls(environment.configuration.tls),
            key: own.isEmpty ? "hosts" : nil, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        try configuration.validate()
        for address in named where !address.isLocal && configuration.tls == nil {
            environment.logger.warning("whoever reaches \(address) has root on this machine: it is served without TLS, as was asked for")
        }
        return configuration
    }

    private static func addresses(_ hosts: [String], _ tls: EngineConfiguration.TLS) throws -> [ListenAddress] {
        try hosts.filter { $0 != activation }.map { text in
            guard let address = ListenAddress(text, isSecured: tls.isOn || tls.verifiesClients) else {
                throw ListenError("hosts: \(text) is none of unix:///path, tcp://address:port and fd://")
            }
            return address
        }
    }

    /// Checks for `--validate` that the addresses can be listened at, whoever will open the sockets.
    private static func check(_ environment: ServiceEnvironment, hosts: [String]) throws {
        let configuration = environment.configuration
        let listening = EngineServerConfiguration(
            addresses: try addresses(hosts + configuration.hosts, configuration.tls), allowsInsecureTCP: configuration.tls.isDeclined,
            tls: tls(configuration.tls), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        try listening.validate()
        _ = try metricsAddress(environment)
    }
}

extension BerthGateway {
    private static func tls(_ settings: EngineConfiguration.TLS) -> ServerTLS? {
        guard settings.isOn || settings.verifiesClients, let certificate = settings.certificate, let key = settings.key else { return nil }
        return ServerTLS(certificate: certificate, key: key, clientAuthority: settings.verifiesClients ? settings.authority : nil)
    }

    /// One server for each socket that has a policy. A supervisor opened it, or it is opened here.
    private static func scopedServers(_ environment: ServiceEnvironment, _ engine: Engine) -> [ScopedServer] {
        environment.configuration.scopedSockets.map { socket in
            let given = environment.activatedSockets
                .filter { $0.name == socket.descriptorName || $0.path == socket.path }.map(\.descriptor)
            let address = EngineServerConfiguration(
                addresses: given.isEmpty ? [.unix(socket.path)] : [], descriptors: given,
                socketGroup: socket.group ?? environment.configuration.group, key: "scoped-sockets",
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
            let server = EngineServer(address, api: EngineAPI(engine.backends, scopedBy: socket), logger: environment.logger)
            return ScopedServer(server: server, path: socket.path, logger: environment.logger)
        }
    }

    /// Metrics tell nothing that is secret and take no orders: whoever reaches the address may read them.
    private static func metricsAddress(_ environment: ServiceEnvironment) throws -> EngineServerConfiguration? {
        guard let text = environment.configuration.metricsAddress else { return nil }
        guard let address = ListenAddress("tcp://\(text)") else { throw ListenError("metrics-addr: \(text) is no address:port") }
        return EngineServerConfiguration(
            addresses: [address], allowsInsecureTCP: true, key: "metrics-addr", eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
    }
}

/// Runs the engine until the service group shuts down; the server, which needs it, ends first.
private struct EngineService: Service {
    let engine: Engine

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await engine.run() }
    }
}
