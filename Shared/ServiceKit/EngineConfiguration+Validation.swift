// What can be said of a configuration without looking at the host.
import Logging

extension EngineConfiguration {
    /// Throws `ConfigurationError` for the first value that can't work whatever the host is like.
    public func validate() throws {
        try Self.require(
            bridge.utf8.count <= 15 && !bridge.isEmpty && !bridge.contains("/") && !bridge.contains(" "),
            "bridge", "must be an interface name of 1 to 15 bytes, not '\(bridge)'")
        try Self.require(Self.isIdentifier(nftablesTable), "nftables-table", "must be letters, digits and '_', not '\(nftablesTable)'")
        try Self.require(
            cgroupParent.hasPrefix("/") && !cgroupParent.split(separator: "/").contains(".."),
            "cgroup-parent", "must be an absolute path, not '\(cgroupParent)'")
        for (key, path) in [("data-root", dataRoot), ("exec-root", execRoot), ("pidfile", pidFile)] {
            try Self.require(path?.hasPrefix("/") ?? true, key, "must be an absolute path, not '\(path ?? "")'")
        }
        for path in devices.directories where devices.directories != [""] {
            try Self.require(path.hasPrefix("/"), "cdi-spec-dirs", "must be absolute paths, not '\(path)'")
        }
        try Self.require(criu != "", "criu", "must be a program's path or name")
        if let mtu { try Self.require((68...65535).contains(mtu), "mtu", "must be from 68 to 65535, not \(mtu)") }
        try registries.validate()
        try validateAPI()
        try validateNetworks()
        try validateContainers()
        for label in labels {
            try Self.require(label.contains("=") && !label.hasPrefix("="), "labels", "must be key=value, not '\(label)'")
        }
        if tls.isOn || tls.verifiesClients {
            try Self.require(tls.certificate != nil, "tlscert", "is needed for TLS")
            try Self.require(tls.key != nil, "tlskey", "is needed for TLS")
        }
        if tls.verifiesClients { try Self.require(tls.authority != nil, "tlscacert", "is needed to verify clients") }
        if let metricsAddress {
            let port = metricsAddress.split(separator: ":").last.flatMap { UInt16($0) }
            try Self.require(metricsAddress.contains(":") && port != nil, "metrics-addr", "must be address:port, not '\(metricsAddress)'")
        }
        try Self.require(level != nil, "log-level", "must be debug, info, warn, error or fatal, not '\(logLevel)'")
    }

    /// The level services log at unless a flag says otherwise; nil for a name that isn't dockerd's.
    public var level: Logger.Level? {
        if debug { return .debug }
        return switch logLevel {
        case "debug": .debug
        case "info": .info
        case "warn": .warning
        case "error": .error
        case "fatal": .critical
        default: nil
        }
    }

    static func require(_ holds: Bool, _ key: String, _ rule: String) throws {
        if !holds { throw ConfigurationError("key '\(key)' \(rule)") }
    }

    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first.properties.isAlphabetic else { return false }
        return name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f
        }
    }
}
