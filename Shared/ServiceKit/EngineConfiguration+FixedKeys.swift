// Keys of daemon.json of which this engine knows one value: a file that says so is taken as it is, another is refused with the reason.

extension EngineConfiguration {
    /// What a key must be, and why.
    public struct FixedKey: Sendable {
        public let key: ConfigurationKey
        /// The accepted values as text: `true`, `overlay2`; for a list, those of its elements. None for a key that can only be empty.
        public let values: Set<String>
        public let reason: String

        init(
            _ name: String, _ shape: ConfigurationKey.Shape, _ values: Set<String>, _ reason: String, flag: String? = nil,
            short: Character? = nil
        ) {
            key = ConfigurationKey(name: name, shape: shape, flag: flag ?? name, short: short)
            self.values = values
            self.reason = reason
        }

        /// Errors: `ConfigurationError` for another value; nothing is as good as the right one.
        public func check(_ value: PlainValue) throws {
            guard !value.parts.allSatisfy(values.contains) else { return }
            let allowed = values.isEmpty ? "empty" : values.sorted().joined(separator: " or ")
            throw ConfigurationError("key '\(key.name)' can only be \(allowed) here: \(reason)")
        }
    }

    private static let table = "the engine's rules are in its own nftables table"

    public static let fixedKeys: [FixedKey] = [
        FixedKey("live-restore", .truth, ["true"], "containers always live on when the engine stops"),
        FixedKey("selinux-enabled", .truth, ["false"], "containers get no SELinux labels"),
        FixedKey("apparmor-profile", .text, [], "containers get no AppArmor profiles"),
        FixedKey("storage-driver", .text, ["overlay2"], "layers are mounted by overlayfs", short: "s"),
        FixedKey(
            "storage-opts", .list, ["overlay2.override_kernel_check=true", "overlay2.override_kernel_check=1"],
            "ask for a size by container", flag: "storage-opt"),
        FixedKey("iptables", .truth, ["true"], "published ports need the engine's nftables table"),
        FixedKey("ip6tables", .truth, ["true"], "published ports need the engine's nftables table"),
        FixedKey("firewall-backend", .text, ["nftables"], table),
        FixedKey("ip-forward", .truth, ["true"], "networks need forwarding"),
        FixedKey("ip-forward-no-drop", .truth, ["false"], "turn forwarding on beforehand: then nothing of the host's is dropped"),
        FixedKey("default-runtime", .text, ["berth", "runc"], "there is one runtime"),
        FixedKey("exec-opts", .list, ["native.cgroupdriver=cgroupfs"], "the shim makes control groups itself", flag: "exec-opt"),
        FixedKey("cpu-rt-period", .number, ["0"], "ask for it by container"),
        FixedKey("cpu-rt-runtime", .number, ["0"], "ask for it by container"),
        FixedKey("oom-score-adjust", .number, ["0"], "it is for who starts the engine to set, as OOMScoreAdjust= of a unit"),
        FixedKey(
            "authorization-plugins", .list, [], "there are no plugins; scoped sockets say what their clients may do",
            flag: "authorization-plugin"),
        FixedKey("api-cors-header", .text, [], "browsers must not reach the engine; put a proxy before it"),
        FixedKey("network-diagnostic-port", .number, ["0"], "there is no such server; see berthctl status"),
        FixedKey("rootless", .truth, ["false"], "the image and the network service need root's privileges"),
        FixedKey("log-format", .text, ["text"], "logs are lines of text"),
    ]

    /// nil for a key that isn't one of these.
    public static func fixedKey(_ name: String) -> FixedKey? { fixedKeys.first { $0.key.name == name } }
}
