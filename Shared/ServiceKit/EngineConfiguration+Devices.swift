// What dockerd's configuration says of devices that are described by files, and its switches.

extension EngineConfiguration {
    /// `cdi-spec-dirs` and the switch `cdi` of `features`.
    public struct Devices: Sendable, Equatable {
        public static let standardDirectories = ["/etc/cdi", "/var/run/cdi"]

        /// Where device specifications are looked for. Of two that describe the same device the later directory's counts.
        public var directories = standardDirectories
        /// The switch; off, no container can ask for such devices.
        public var isOn = true

        public init() {}

        /// None when it is turned off: by the switch, or, as with dockerd, by one directory without a name.
        public var searched: [String] { isOn && directories != [""] ? directories : [] }
    }

    /// Switches of dockerd's that are off here, and what they would be for.
    private static let missingFeatures = [
        "buildkit": "no images are built", "containerd-snapshotter": "layers are the engine's own",
        "windows-dns-proxy": "this is Linux",
    ]

    mutating func readDevices(_ container: KeyedDecodingContainer<Key>) throws {
        devices.directories = try container.decodeIfPresent([String].self, forKey: .deviceDirectories) ?? devices.directories
        for (name, isOn) in try container.decodeIfPresent([String: Bool].self, forKey: .features) ?? [:] {
            if name == "cdi" {
                devices.isOn = isOn
            } else if let reason = Self.missingFeatures[name] {
                guard !isOn else { throw ConfigurationError("key 'features': '\(name)' can only be false here: \(reason)") }
            } else {
                throw ConfigurationError("key 'features': unknown or unsupported feature '\(name)'; remove it")
            }
        }
    }

    func writeDevices(_ container: inout KeyedEncodingContainer<Key>) throws {
        try container.encode(devices.directories, forKey: .deviceDirectories)
        try container.encode(["cdi": devices.isOn], forKey: .features)
    }
}
