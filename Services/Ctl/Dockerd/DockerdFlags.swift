// dockerd's flags, so that what launches dockerd can launch this engine: they go before the configuration file.
import ArgumentParser
import ServiceKit

/// All of them, a file each for what they are about. Those that have one value here or no effect come as `--setting`.
struct DockerdFlags: ParsableArguments {
    @OptionGroup(title: "Access") var access: AccessFlags
    @OptionGroup(title: "What containers get that ask for nothing else") var containers: ContainerFlags
    @OptionGroup(title: "Networks") var networks: NetworkFlags
    @OptionGroup(title: "The default network") var bridge: BridgeFlags
    @OptionGroup(title: "The engine") var daemon: DaemonFlags

    /// `key=value` of keys that `EngineConfiguration` has in a table, as `DockerdArguments` writes them.
    @Option(name: .customLong("setting"), help: .hidden) var settings: [String] = []

    /// Errors: `ConfigurationError` for what this engine can't do.
    func applied(to original: EngineConfiguration) throws -> EngineConfiguration {
        var configuration = original
        try access.apply(to: &configuration)
        try containers.apply(to: &configuration)
        try networks.apply(to: &configuration)
        bridge.apply(to: &configuration)
        try daemon.apply(to: &configuration)
        try applySettings(to: &configuration)
        try configuration.validate()
        return configuration
    }

    private func applySettings(to configuration: inout EngineConfiguration) throws {
        let pairs = try settings.map { try FlagPair($0, of: "setting") }
        for (name, values) in Dictionary(grouping: pairs, by: \.key).sorted(by: { $0.key < $1.key }) {
            guard let key = EngineConfiguration.flaggedKeys.first(where: { $0.name == name }) else {
                throw ConfigurationError("unknown or unsupported key '\(name)'; remove it")
            }
            try configuration.take(key, flagged: values.map(\.value))
        }
    }
}

/// `key=value` as a flag's value.
struct FlagPair {
    let key: String
    let value: String

    /// Errors: `ConfigurationError` for a text without both.
    init(_ text: String, of flag: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ConfigurationError("invalid argument \"\(text)\" for \"--\(flag)\" flag: it must be key=value")
        }
        (key, value) = (parts[0], parts[1])
    }
}
