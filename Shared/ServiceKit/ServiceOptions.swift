// The flags every service takes.
import ArgumentParser
import Contracts
import Glibc
import Logging

/// Where the engine lives, how it is configured, and how much a service says about it.
public struct ServiceOptions: ParsableArguments, Sendable {
    @Option(help: "Directory of durable state (default: \(EngineLayout.defaultRoot), or data-root of the configuration).")
    public var root: String?

    @Option(help: "Directory of sockets and what else ends with the machine (default: \(EngineLayout.defaultRun), or exec-root).")
    public var run: String?

    @Option(help: "Configuration file (default: \(EngineConfiguration.defaultPath), if there is one).")
    public var config: String?

    @Option(
        name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical (default: the configuration's).",
        transform: { try ServiceOptions.level(named: $0) })
    public var logLevel: Logger.Level?

    @Option(
        name: .customLong("serve-uid"), parsing: .singleValue,
        help: "A user, by number or name, who may call the engine's methods besides root and the service's own. May be repeated.",
        transform: { try ServiceOptions.uid(of: $0) })
    public var servedUIDs: [UInt32] = []

    @Flag(name: .customLong("validate"), help: "Check what the service can know of its configuration beforehand, and exit.")
    public var validatesOnly = false

    public init() {}

    /// The paths that the flags alone name. A service uses `ServiceEnvironment.layout`, which the configuration has a say in too.
    public var layout: EngineLayout { layout(configuration: EngineConfiguration()) }

    /// Flags win over the configuration, and that over the defaults.
    public func layout(configuration: EngineConfiguration) -> EngineLayout {
        EngineLayout(
            root: root ?? configuration.dataRoot ?? EngineLayout.defaultRoot,
            run: run ?? configuration.execRoot ?? EngineLayout.defaultRun)
    }

    /// The file `--config` names, which must be there, or the default one, if it is there.
    public func loadConfiguration() throws -> EngineConfiguration {
        guard let config else { return try EngineConfiguration.loadDefault() }
        return try EngineConfiguration.load(path: config)
    }

    private static func uid(of user: String) throws -> UInt32 {
        if let number = UInt32(user) { return number }
        guard let entry = getpwnam(user) else { throw ValidationError("there is no user '\(user)'") }
        return entry.pointee.pw_uid
    }

    private static func level(named name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("unknown log level '\(name)'; there are \(known)")
        }
        return level
    }
}
