// What dockerd's configuration says of devices that are described by files, and its switches.

extension EngineConfiguration {
    /// `cdi-spec-dirs` and the switch `cdi` of `features`.
    public struct Devices: Sendable, Equatable {
        public static let standardDirectories = ["/etc/cdi", "/var/run/cdi"]

        /// Where device specifications are looked for. Where two describe the same device, the later directory's counts.
        public var directories = standardDirectories
        /// The switch; off, no container can ask for such devices.
        public var isOn = true
        /// Switches that are taken and do nothing, as they were given.
        public var idleFeatures: [String: Bool] = [:]

        public init() {}

        /// None when it is turned off: by the switch, or, as with dockerd, by one directory without a name.
        public var searched: [String] { isOn && directories != [""] ? directories : [] }
    }

    /// Switches of dockerd's that are off here, and what they would be for.
    private static let missingFeatures = ["containerd-snapshotter": "layers are the engine's own", "windows-dns-proxy": "this is Linux"]

    /// Takes one switch of `features`. Errors: `ConfigurationError` for what can't be turned on, or isn't known.
    public mutating func take(feature name: String, _ isOn: Bool) throws {
        if name == "cdi" {
            devices.isOn = isOn
        } else if Devices.idleReasons[name] != nil {
            devices.idleFeatures[name] = isOn
        } else if let reason = Self.missingFeatures[name] {
            guard !isOn else { throw ConfigurationError("key 'features': '\(name)' can only be false here: \(reason)") }
        } else {
            throw ConfigurationError("key 'features': unknown or unsupported feature '\(name)'; remove it")
        }
    }

    mutating func readDevices(_ container: KeyedDecodingContainer<Key>) throws {
        devices.directories = try container.value(.deviceDirectories, devices.directories)
        for (name, isOn) in try container.value(.features, [String: Bool]()) { try take(feature: name, isOn) }
    }

    func writeDevices(_ container: inout KeyedEncodingContainer<Key>) throws {
        try container.encode(devices.directories, forKey: .deviceDirectories)
        try container.encode(devices.idleFeatures.merging(["cdi": devices.isOn]) { $1 }, forKey: .features)
    }
}

extension EngineConfiguration.Devices {
    /// Why a switch does nothing here, whether it is on or off.
    static let idleReasons = ["buildkit": "no images are built"]

    /// For the log; nil where there is nothing to tell.
    static func notice(_ feature: String) -> String? {
        idleReasons[feature].map { "feature '\(feature)' of key 'features' has no effect: \($0)" }
    }
}
