// Log drivers that send: syslog, journald, fluentd, gelf. Pure.
import Contracts
import Models
import RPC

/// The options of one of them.
struct RemoteLogOptions {
    static let drivers: Set<String> = ["syslog", "journald", "fluentd", "gelf"]
    private static let common: Set<String> = ["labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size"]
    private static let own: [String: Set<String>] = [
        "syslog": ["syslog-address", "syslog-facility", "syslog-format"],
        "journald": [],
        "fluentd": [
            "fluentd-address", "fluentd-async", "fluentd-async-connect", "fluentd-buffer-limit", "fluentd-retry-wait",
            "fluentd-max-retries",
            "fluentd-sub-second-precision",
        ],
        "gelf": ["gelf-address", "gelf-compression-type", "gelf-compression-level", "gelf-tcp-max-reconnect", "gelf-tcp-reconnect-delay"],
    ]
    private static let standardTag = "{{.ID}}"
    private static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "", "", "", "", "local0",
        "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ]

    private let driver: String
    private let options: [String: String]

    init(_ config: LogConfig) {
        driver = config.type
        options = config.config ?? [:]
    }

    func check(_ report: inout SettingsReport) {
        for name in options.keys.sorted() where !Self.common.contains(name) && Self.own[driver]?.contains(name) != true {
            report.fault("unknown log opt '\(name)' for \(driver) log driver")
        }
        for name in ["labels-regex", "env-regex"] {
            if let value = options[name] { report.check { () throws(RPCError) in _ = try LogPattern(value, of: name) } }
        }
        report.check { () throws(RPCError) in _ = try remote(.example, [:]) }
        if let mode = options["mode"], !["blocking", "non-blocking", ""].contains(mode) {
            report.fault("logger: invalid logging mode: \(mode)")
        }
        LogOptionsCheck.checkBuffer(options, &report)
        if let compression = options["gelf-compression-type"], compression != "none" {
            report.warn("log opt gelf-compression-type \(compression) is not supported by this engine. Messages are sent uncompressed.")
        }
    }

    /// Its address may still be a name. Errors: `invalidParameter`.
    func remote(_ subject: LogTag.Subject, _ attributes: [String: String]) throws(RPCError) -> RemoteLog {
        let place = try place()
        var remote = RemoteLog(format: try format(), transport: place.transport, address: place.address, port: place.port)
        (remote.containerID, remote.containerName) = (subject.id, subject.name)
        (remote.imageID, remote.imageName, remote.command) = (subject.imageID, subject.imageName, subject.command)
        let template = options["tag"] ?? ""
        remote.tag = try LogTag.render(template.isEmpty ? Self.standardTag : template, subject)
        remote.attributes = attributes
        remote.facility = try facility()
        remote.hasFineTimes = options["fluentd-sub-second-precision"] == "true"
        if let text = options["max-buffer-size"] ?? options["fluentd-buffer-limit"] {
            guard let size = ByteCount.parse(text) else { throw RPCError(.invalidParameter, "invalid max-buffer-size: \(text)") }
            remote.bufferBytes = size
        }
        return remote
    }

    private func format() throws(RPCError) -> RemoteLog.Format {
        guard driver == "syslog" else { return RemoteLog.Format(rawValue: driver) ?? .syslog }
        switch options["syslog-format"] ?? "" {
        case "": return .syslog
        case "rfc3164": return .rfc3164
        case "rfc5424": return .rfc5424
        case "rfc5424micro": return .rfc5424micro
        default: throw RPCError(.invalidParameter, "Invalid syslog format")
        }
    }

    private func facility() throws(RPCError) -> Int32 {
        guard let name = options["syslog-facility"], !name.isEmpty else { return 3 }
        if let number = Int32(name), (0...23).contains(number) { return number }
        guard let index = Self.facilities.firstIndex(of: name) else { throw RPCError(.invalidParameter, "invalid syslog facility") }
        return Int32(index)
    }

    private struct Place {
        var transport: RemoteLog.Transport
        var address: String
        var port: UInt16 = 0
    }

    private func place() throws(RPCError) -> Place {
        switch driver {
        case "journald": return Place(transport: .unixDatagram, address: "/run/systemd/journal/socket")
        case "syslog":
            guard let text = options["syslog-address"], !text.isEmpty else { return Place(transport: .unixDatagram, address: "/dev/log") }
            return try place(text, port: 514, unix: .unixDatagram, network: ["udp": .udp, "tcp": .tcp])
        case "gelf":
            guard let text = options["gelf-address"] else { throw RPCError(.invalidParameter, "gelf-address is a required parameter") }
            return try place(text, port: nil, unix: nil, network: ["udp": .udp, "tcp": .tcp])
        default:
            let text = options["fluentd-address"] ?? ""
            let full = text.isEmpty ? "tcp://127.0.0.1" : text.contains("://") ? text : "tcp://" + text
            return try place(full, port: 24224, unix: .unixStream, network: ["tcp": .tcp])
        }
    }

    /// `scheme://host[:port]`, or `unix:///path`.
    private func place(
        _ text: String, port standard: UInt16?, unix: RemoteLog.Transport?, network: [String: RemoteLog.Transport]
    ) throws(RPCError) -> Place {
        let invalid = RPCError(.invalidParameter, "invalid \(driver)-address \(text)")
        guard let separator = text.firstRange(of: "://") else { throw invalid }
        let (scheme, rest) = (String(text[..<separator.lowerBound]), String(text[separator.upperBound...]))
        if scheme == "unix" || scheme == "unixgram", let unix {
            guard rest.hasPrefix("/") else { throw invalid }
            return Place(transport: unix, address: rest)
        }
        guard let transport = network[scheme] else {
            throw RPCError(.invalidParameter, "unsupported scheme in \(driver)-address: \(scheme)")
        }
        let (host, number) = Self.split(rest)
        guard !host.isEmpty, let port = number.isEmpty ? standard : UInt16(number) else { throw invalid }
        return Place(transport: transport, address: host, port: port)
    }

    /// An address of version 6 is in brackets.
    private static func split(_ text: String) -> (host: String, port: String) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return (String(text[text.index(after: text.startIndex)..<end]), String(text[text.index(after: end)...].drop { $0 == ":" }))
        }
        guard let colon = text.lastIndex(of: ":") else { return (text, "") }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
