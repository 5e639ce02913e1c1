// Which engine a command is about.
import ArgumentParser
import Contracts
import Foundation
import Logging
import Persistence
import ServiceKit

struct EngineOptions: ParsableArguments {
    @Option(
        name: [.long, .customLong("data-root")],
        help: "Directory of durable state (default: \(EngineLayout.defaultRoot), or data-root of the configuration).")
    var root: String?

    @Option(
        name: [.long, .customLong("exec-root")],
        help: "Directory of sockets and what else ends with the machine (default: \(EngineLayout.defaultRun), or exec-root).")
    var run: String?

    @Option(
        name: [.long, .customLong("config-file")],
        help: "Configuration file (default: \(EngineConfiguration.defaultPath), if there is one).")
    var config: String?

    @Option(
        name: [.customShort("l", allowingJoined: true), .customLong("log-level")],
        help: "trace, debug, info, notice, warning, error or critical; warn and fatal, as dockerd has them, are warning and critical.")
    var logLevel: LogLevel?

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical

        init?(argument: String) {
            switch argument {
            case "warn": self = .warning
            case "fatal": self = .critical
            default: self.init(rawValue: argument)
            }
        }
    }

    /// The configuration file, or the default one.
    func loadConfiguration() throws -> EngineConfiguration {
        try config.map(EngineConfiguration.load) ?? EngineConfiguration.loadDefault()
    }

    /// Absolute paths: services and a detached engine have another working directory.
    func layout() throws -> EngineLayout {
        let configuration = try loadConfiguration()
        return EngineLayout(
            root: Self.absolute(root ?? configuration.dataRoot ?? EngineLayout.defaultRoot),
            run: Self.absolute(run ?? configuration.execRoot ?? EngineLayout.defaultRun))
    }

    /// What the engine that was last started in the run directory was started with, or else what the files say.
    func runningEngine() throws -> (layout: EngineLayout, configuration: EngineConfiguration) {
        var layout = try layout()
        guard FileManager.default.fileExists(atPath: layout.effectiveConfiguration) else { return (layout, try loadConfiguration()) }
        let configuration = try EngineConfiguration.load(path: layout.effectiveConfiguration)
        if root == nil, let recorded = configuration.dataRoot { layout.root = recorded }
        return (layout, configuration)
    }

    static func absolute(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.path
    }
}

extension EngineLayout {
    /// The configuration that the services were started with, put together from the file and the flags.
    var effectiveConfiguration: String { "\(run)/daemon.json" }
    /// Held locked by the supervisor, with its process ID inside.
    var supervisorLock: String { "\(run)/berthctl.pid" }
    /// Held locked by the supervisor, for no other with these records.
    var rootLock: String { "\(root)/berthctl.lock" }
    /// Which process each service is.
    var supervisorRecord: String { "\(run)/services.json" }
    var logs: String { "\(run)/log" }
}

extension EngineConfiguration {
    /// Keeps it for the services and for later commands, together with the paths it is used with.
    func write(to layout: EngineLayout) throws { try write(to: layout.effectiveConfiguration, layout: layout) }

    func write(to path: String, layout: EngineLayout) throws {
        var complete = self
        complete.dataRoot = layout.root
        complete.execRoot = layout.run
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(complete), to: path, mode: 0o644)
    }
}

enum ExecutablePath {
    /// Where berthctl itself lies, symbolic links resolved.
    static var own: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map(replaced) ?? CommandLine.arguments[0]
    }

    /// Of a file that an upgrade has replaced, the kernel says so behind the path, at which the new one lies.
    static func replaced(_ path: String) -> String {
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }

    /// Where the services lie: beside berthctl as built, or in `libexec/berth` as installed.
    static var services: String {
        let own = URL(filePath: own).deletingLastPathComponent()
        let installed = own.deletingLastPathComponent().appending(path: "libexec/berth").path
        return FileManager.default.fileExists(atPath: "\(own.path)/berth-gateway") ? own.path : installed
    }
}
