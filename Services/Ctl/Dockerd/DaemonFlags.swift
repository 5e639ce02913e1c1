// dockerd's flags about the engine itself.
import ArgumentParser
import Models
import ServiceKit

struct DaemonFlags: ParsableArguments {
    @Flag(name: [.customShort("D"), .customLong("debug")], inversion: .prefixedNo, help: "Log more.")
    var debug: Bool?

    @Option(
        name: [.customShort("p", allowingJoined: true), .customLong("pidfile")], help: "File to write the supervisor's process ID to.")
    var pidFile: String?

    @Option(name: .customLong("label"), help: "key=value label of the engine. May be repeated.")
    var labels: [String] = []

    @Flag(inversion: .prefixedNo, help: "Offer checkpoints.")
    var experimental: Bool?

    @Option(name: .customLong("feature"), help: "name[=true|false] of a switch, such as cdi=false. May be repeated.")
    var features: [String] = []

    @Option(name: .customLong("cdi-spec-dir"), help: "Directory of device specifications, instead of the configuration's. May be repeated.")
    var deviceDirectories: [String] = []

    /// Errors: `ConfigurationError`.
    func apply(to configuration: inout EngineConfiguration) throws {
        configuration.debug = debug ?? configuration.debug
        configuration.pidFile = pidFile.map(EngineOptions.absolute) ?? configuration.pidFile
        configuration.labels += labels
        configuration.isExperimental = experimental ?? configuration.isExperimental
        for text in features {
            let pair = try FlagPair(text.contains("=") ? text : "\(text)=true", of: "feature")
            guard let isOn = TruthValue.parse(pair.value) else {
                throw ConfigurationError("invalid argument \"\(text)\" for \"--feature\" flag: it must be true or false")
            }
            try configuration.take(feature: pair.key, isOn)
        }
        // An empty one alone stands for none.
        if !deviceDirectories.isEmpty { configuration.devices.directories = deviceDirectories == [""] ? [] : deviceDirectories }
    }
}
