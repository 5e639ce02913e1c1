// `--log-driver` and `--log-opt`.
import Contracts
import Models
import RPC

/// The log configuration of a container, checked.
enum LogOptionsCheck {
    static let drivers = ["fluentd", "gelf", "journald", "json-file", "local", "none", "syslog"]
    /// Of a log that nobody set limits for: 5 files of 20 MiB. `max-size=-1` is without limit.
    static let standardSize: Int64 = 20 << 20
    static let standardFiles: Int32 = 5
    static let standardBuffer: Int64 = 1 << 20
    /// Of dockerd's own copy of logs that their driver can't read back, which these can.
    private static let ofNoUse: Set<String> = ["cache-compress", "cache-disabled", "cache-max-file", "cache-max-size"]
    /// Options that local doesn't know.
    private static let forJSONFileOnly: Set<String> = ["labels", "labels-regex", "env", "env-regex", "tag"]

    /// An unset driver takes the engine's default, json-file.
    static func merged(_ config: LogConfig) -> LogConfig {
        LogConfig(type: config.type.isEmpty ? "json-file" : config.type, config: config.config ?? [:])
    }

    static func check(_ config: LogConfig, _ report: inout SettingsReport) {
        let config = merged(config)
        guard drivers.contains(config.type) else {
            return report.fault("logger: no log driver named '\(config.type)' is registered")
        }
        if RemoteLogOptions.drivers.contains(config.type) { return RemoteLogOptions(config).check(&report) }
        let options = config.config ?? [:]
        if config.type == "none" {
            for name in options.keys.sorted() { report.fault("unknown log opt '\(name)' for none log driver") }
            return
        }
        for name in options.keys.sorted() where !ofNoUse.contains(name) {
            if config.type == "local", forJSONFileOnly.contains(name) {
                report.fault("unknown log opt '\(name)' for log driver local")
            } else {
                check(name, options[name] ?? "", config.type, &report)
            }
        }
        checkBuffer(options, &report)
        checkCompression(config.type, options, &report)
    }

    static func checkBuffer(_ options: [String: String], _ report: inout SettingsReport) {
        let isAllowed = options["max-buffer-size"] == nil || options["mode"] == "non-blocking"
        report.fault(unless: isAllowed, "logger: max-buffer-size option is only supported with 'mode=non-blocking'")
    }

    /// What is kept of output for which the disk is too slow; nil when the container waits instead.
    private static func bufferBytes(_ options: [String: String]) -> Int64? {
        guard options["mode"] == "non-blocking" else { return nil }
        return options["max-buffer-size"].flatMap(ByteCount.parse) ?? standardBuffer
    }

    /// Only rotated files are compressed, so that there must be some.
    private static func checkCompression(_ driver: String, _ options: [String: String], _ report: inout SettingsReport) {
        guard compresses(driver, options) else { return }
        if driver == "local" {
            report.fault(unless: files(driver, options) > 1, "compression cannot be enabled when max file count is 1")
        } else {
            let isLimited = options["max-size"] != "-1" && files(driver, options) > 1
            report.fault(unless: isLimited, "compress cannot be true when max-file is less than 2 or max-size is not set")
        }
    }

    /// As with dockerd: json-file compresses when asked to, local unless asked not to.
    private static func compresses(_ driver: String, _ options: [String: String]) -> Bool {
        options["compress"].flatMap(TruthValue.parse) ?? (driver == "local")
    }

    /// As with dockerd, who sets the size alone has one file with json-file, and five with local.
    private static func files(_ driver: String, _ options: [String: String]) -> Int32 {
        options["max-file"].flatMap { Int32($0) } ?? (options["max-size"] == nil || driver == "local" ? standardFiles : 1)
    }

    private static func check(_ name: String, _ value: String, _ driver: String, _ report: inout SettingsReport) {
        switch name {
        case "max-size": report.fault(unless: ByteCount.parse(value) != nil || value == "-1", "invalid max-size: \(value)")
        case "max-file": report.fault(unless: Int32(value).map { $0 > 0 } ?? false, "max-file cannot be less than 1")
        case "labels", "env": break
        case "labels-regex", "env-regex": report.check { () throws(RPCError) in _ = try LogPattern(value, of: name) }
        case "tag": report.check { () throws(RPCError) in _ = try LogTag.render(value, .example) }
        case "compress": report.fault(unless: TruthValue.parse(value) != nil, "invalid compress: \(value) is no truth value")
        case "mode":
            report.fault(unless: ["blocking", "non-blocking", ""].contains(value), "logger: invalid logging mode: \(value)")
        case "max-buffer-size":
            report.fault(unless: ByteCount.parse(value) != nil, "error parsing option max-buffer-size: invalid size: '\(value)'")
        default: report.fault("unknown log opt '\(name)' for \(driver) log driver")
        }
    }

    /// What the shim is told. A log has limits, unless it is said to have none.
    static func specification(
        _ config: LogConfig, labels: [String: String], environment: [String], subject: LogTag.Subject
    ) throws(RPCError) -> LogSpec {
        let config = merged(config)
        let options = config.config ?? [:]
        guard config.type != "none" else { return LogSpec(driver: .none, maxSize: nil, maxFile: 1) }
        if RemoteLogOptions.drivers.contains(config.type) {
            // What is read by `docker logs` is kept here, too.
            let attributes = try attributes(options, labels: labels, environment: environment, subject: subject)
            let remote = try RemoteLogOptions(config).remote(subject, attributes.filter { $0.key != "tag" })
            return LogSpec(maxSize: standardSize, maxFile: standardFiles, bufferBytes: bufferBytes(options), remote: remote)
        }
        let size = options["max-size"]
        return LogSpec(
            driver: .jsonFile, maxSize: size == nil ? standardSize : size.flatMap(ByteCount.parse),
            maxFile: files(config.type, options), compresses: compresses(config.type, options), bufferBytes: bufferBytes(options),
            attributes: try attributes(options, labels: labels, environment: environment, subject: subject))
    }

    static func attributes(
        _ options: [String: String], labels: [String: String], environment: [String], subject: LogTag.Subject
    ) throws(RPCError) -> [String: String] {
        var attributes: [String: String] = [:]
        for name in names(options["labels"]) { attributes[name] = labels[name] }
        let variables = EnvironmentList(environment)
        for name in names(options["env"]) { attributes[name] = variables[name] }
        if let text = options["labels-regex"], !text.isEmpty {
            let pattern = try LogPattern(text, of: "labels-regex")
            for (name, value) in labels where pattern.finds(name) { attributes[name] = value }
        }
        if let text = options["env-regex"], !text.isEmpty {
            let pattern = try LogPattern(text, of: "env-regex")
            for name in variables.entries.map(EnvironmentList.name) where pattern.finds(name) { attributes[name] = variables[name] }
        }
        if let tag = options["tag"], !tag.isEmpty { attributes["tag"] = try LogTag.render(tag, subject) }
        return attributes
    }

    private static func names(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map(String.init)
    }
}

/// A regular expression that an option gives.
struct LogPattern {
    private let expression: RegularExpression

    /// Errors: `invalidParameter`.
    init(_ text: String, of option: String) throws(RPCError) {
        do {
            expression = try RegularExpression(text)
        } catch {
            throw RPCError(.invalidParameter, "invalid value '\(text)' for log opt \(option): \(error.reason)")
        }
    }

    func finds(_ text: String) -> Bool { expression.matches(text) }
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
