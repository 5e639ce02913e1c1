// dockerd's flags, so that what launches dockerd can launch this engine: they go before the configuration file.
import ArgumentParser
import ServiceKit

struct DockerdFlags: ParsableArguments {
    @Option(
        name: [.customShort("H"), .customLong("host")],
        help: "Where to listen besides the run directory's socket: unix:///path, tcp://address:port. May be repeated.")
    var hosts: [String] = []

    @Option(name: [.customShort("G"), .customLong("group")], help: "Name or number of the group that may use the sockets.")
    var group: String?

    @Flag(name: [.customShort("D"), .customLong("debug")], help: "Log more.")
    var debug = false

    @Option(name: [.customShort("p"), .customLong("pidfile")], help: "File to write the supervisor's process ID to.")
    var pidFile: String?

    @Option(name: .customLong("label"), help: "key=value label of the engine. May be repeated.")
    var labels: [String] = []

    @Option(help: "MTU of networks, in bytes.")
    var mtu: Int?

    @Option(name: .customLong("metrics-addr"), help: "address:port to offer metrics at, in Prometheus' form.")
    var metricsAddress: String?

    @Flag(help: "Use TLS at TCP addresses; implied by --tlsverify.")
    var tls = false

    @Flag(help: "Use TLS, and serve only clients with a certificate of the authority.")
    var tlsverify = false

    @Option(help: "The authority of clients' certificates.")
    var tlscacert: String?

    @Option(help: "The server's certificate.")
    var tlscert: String?

    @Option(help: "The key of the server's certificate.")
    var tlskey: String?

    @Option(name: [.customShort("s"), .customLong("storage-driver")], help: .hidden)
    var storageDriver: String?

    @Option(help: .hidden) var containerd: String?

    @Flag(name: .customLong("live-restore"), inversion: .prefixedNo, help: .hidden) var liveRestore: Bool?
    @Flag(inversion: .prefixedNo, help: .hidden) var iptables: Bool?
    @Flag(name: .customLong("ip-forward"), inversion: .prefixedNo, help: .hidden) var ipForward: Bool?
    @Flag(name: .customLong("userland-proxy"), inversion: .prefixedNo, help: .hidden) var userlandProxy: Bool?
    @Flag(inversion: .prefixedNo, help: "Offer checkpoints.") var experimental: Bool?
    @Flag(name: .customLong("selinux-enabled"), inversion: .prefixedNo, help: .hidden) var selinuxEnabled: Bool?

    /// dockerd's boolean flags may have a value.
    private static let booleans: Set<String> = [
        "live-restore", "iptables", "ip-forward", "userland-proxy", "experimental", "selinux-enabled", "tls", "tlsverify", "debug",
    ]

    /// `--iptables=true` as `--iptables`, `--iptables=false` as `--no-iptables`; a flag that is off anyway is left out.
    static func normalised(_ arguments: [String]) -> [String] {
        arguments.compactMap { argument in
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].hasPrefix("--"), booleans.contains(String(parts[0].dropFirst(2))) else { return argument }
            switch parts[1] {
            case "true", "1": return parts[0]
            case "false", "0":
                return ["--tls", "--tlsverify", "--debug"].contains(parts[0]) ? nil : "--no-\(parts[0].dropFirst(2))"
            default: return argument
            }
        }
    }

    /// Errors: `ConfigurationError` for what this engine can't do.
    func applied(to original: EngineConfiguration) throws -> EngineConfiguration {
        try checkFixed()
        var configuration = original
        configuration.hosts += hosts
        configuration.group = group ?? configuration.group
        configuration.isExperimental = experimental ?? configuration.isExperimental
        configuration.debug = debug || configuration.debug
        configuration.labels += labels
        configuration.mtu = mtu ?? configuration.mtu
        configuration.metricsAddress = metricsAddress ?? configuration.metricsAddress
        configuration.userlandProxy = userlandProxy ?? configuration.userlandProxy
        configuration.tls.isOn = tls || configuration.tls.isOn
        configuration.tls.verifiesClients = tlsverify || configuration.tls.verifiesClients
        configuration.tls.authority = tlscacert ?? configuration.tls.authority
        configuration.tls.certificate = tlscert ?? configuration.tls.certificate
        configuration.tls.key = tlskey ?? configuration.tls.key
        try configuration.validate()
        return configuration
    }

    private func checkFixed() throws {
        let given: [(String, String?)] = [
            ("live-restore", liveRestore.map(String.init)), ("iptables", iptables.map(String.init)),
            ("ip-forward", ipForward.map(String.init)),
            ("selinux-enabled", selinuxEnabled.map(String.init)),
            ("storage-driver", storageDriver),
        ]
        for case (let name, let value?) in given { try EngineConfiguration.fixedKey(name)?.check(value) }
    }

    /// What is accepted without any effect, for the log.
    var notices: [String] {
        containerd == nil ? [] : ["--containerd has no effect: this engine runs containers without containerd"]
    }
}
