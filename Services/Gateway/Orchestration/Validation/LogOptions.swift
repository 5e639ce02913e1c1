// `--log-driver` and `--log-opt`.
import Contracts
import Models
import RPC

/// The log configuration of a container, checked.
enum LogOptionsCheck {
    static let drivers = ["json-file", "none"]
    /// Options of dockerd's json-file that aren't honoured.
    private static let discarded: Set<String> = ["labels-regex", "env-regex", "tag", "max-buffer-size"]

    /// An unset driver takes the engine's default, json-file.
    static func merged(_ config: LogConfig) -> LogConfig {
        LogConfig(type: config.type.isEmpty ? "json-file" : config.type, config: config.config ?? [:])
    }

    static func check(_ config: LogConfig, _ report: inout SettingsReport) {
        let config = merged(config)
        guard drivers.contains(config.type) else {
            return report.fault(
                "logger: no log driver named '\(config.type)' is registered; this engine has \(drivers.joined(separator: " and "))")
        }
        let options = config.config ?? [:]
        if config.type == "none" {
            for name in options.keys.sorted() { report.fault("unknown log opt '\(name)' for none log driver") }
            return
        }
        for name in options.keys.sorted() { check(name, options[name] ?? "", &report) }
        if options["max-file"] != nil, options["max-size"] == nil, options["max-file"] != "1" {
            report.fault("invalid value for max-file: max-size must be set as well")
        }
    }

    private static func check(_ name: String, _ value: String, _ report: inout SettingsReport) {
        switch name {
        case "max-size": report.fault(unless: ByteCount.parse(value) != nil || value == "-1", "invalid max-size: \(value)")
        case "max-file": report.fault(unless: Int32(value).map { $0 > 0 } ?? false, "max-file cannot be less than 1")
        case "labels", "env": break
        case "compress": if value != "false" { report.warn("log opt compress is not supported by this engine. Value discarded.") }
        case "mode": if value != "blocking" { report.warn("log opt mode \(value) is not supported by this engine. Value discarded.") }
        case _ where discarded.contains(name): report.warn("log opt \(name) is not supported by this engine. Value discarded.")
        default: report.fault("unknown log opt '\(name)' for json-file log driver")
        }
    }

    /// What the shim is told. dockerd doesn't rotate unless asked; neither is done here.
    static func specification(_ config: LogConfig, labels: [String: String], environment: [String]) -> LogSpec {
        let config = merged(config)
        let options = config.config ?? [:]
        guard config.type != "none" else { return LogSpec(driver: .none, maxSize: nil, maxFile: 1) }
        return LogSpec(
            driver: .jsonFile, maxSize: options["max-size"].flatMap(ByteCount.parse),
            maxFile: options["max-file"].flatMap { Int32($0) } ?? 1,
            attributes: attributes(options, labels: labels, environment: environment))
    }

    private static func attributes(_ options: [String: String], labels: [String: String], environment: [String]) -> [String: String] {
        var attributes: [String: String] = [:]
        for name in names(options["labels"]) { attributes[name] = labels[name] }
        let variables = EnvironmentList(environment)
        for name in names(options["env"]) { attributes[name] = variables[name] }
        return attributes
    }

    private static func names(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map(String.init)
    }
}

/// `10m`, `512k`, `1g`: sizes with a binary unit.
enum ByteCount {
    /// nil for what is no size, or none above 0.
    static func parse(_ text: String) -> Int64? {
        let lower = text.lowercased()
        let digits = lower.prefix { $0.isASCII && $0.isNumber }
        let unit = lower.dropFirst(digits.count)
        let shifts = ["": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30]
        guard let number = Int64(digits), number > 0, let shift = shifts[String(unit)] else { return nil }
        let (size, overflow) = number.multipliedReportingOverflow(by: 1 << Int64(shift))
        return overflow ? nil : size
    }
}

/// `NAME=value` entries, in order.
struct EnvironmentList {
    private(set) var entries: [String]

    init(_ entries: [String]) { self.entries = entries }

    static func name(_ entry: String) -> String { String(entry.prefix { $0 != "=" }) }

    subscript(name: String) -> String? {
        entries.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    func contains(_ name: String) -> Bool { entries.contains { Self.name($0) == name } }

    /// Adds what isn't set yet.
    mutating func fill(_ others: [String]) {
        for other in others where !contains(Self.name(other)) { entries.append(other) }
    }

    /// Sets each, replacing an entry of the same name in its place; a name alone unsets it.
    mutating func override(_ others: [String]) {
        for other in others {
            let name = Self.name(other)
            guard other.contains("=") else {
                entries.removeAll { Self.name($0) == name }
                continue
            }
            if let index = entries.firstIndex(where: { Self.name($0) == name }) {
                entries[index] = other
            } else {
                entries.append(other)
            }
        }
    }
}
