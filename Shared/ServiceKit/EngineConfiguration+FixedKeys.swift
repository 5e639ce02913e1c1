// Keys of daemon.json of which this engine knows one value: a file that says so is taken as it is, another is refused with the reason.

extension EngineConfiguration {
    /// What a key must be, and why.
    public struct FixedKey: Sendable {
        public let name: String
        /// As text: `true`, `overlay2`.
        public let values: Set<String>
        public let reason: String

        init(_ name: String, _ values: Set<String>, _ reason: String) {
            self.name = name
            self.values = values
            self.reason = reason
        }

        /// Errors: `ConfigurationError` for another value.
        public func check(_ value: String) throws {
            guard !values.contains(value) else { return }
            throw ConfigurationError("key '\(name)' can only be \(values.sorted().joined(separator: " or ")) here: \(reason)")
        }
    }

    public static let fixedKeys: [FixedKey] = [
        FixedKey("live-restore", ["true"], "containers always live on when the engine stops"),
        FixedKey("selinux-enabled", ["false"], "containers get no SELinux labels"),
        FixedKey("storage-driver", ["overlay2", ""], "layers are mounted by overlayfs"),
        FixedKey("iptables", ["true"], "published ports need the engine's nftables table"),
        FixedKey("ip-forward", ["true"], "networks need forwarding"),
        FixedKey("raw-logs", ["false"], "logs have no colours"),
        FixedKey("default-runtime", ["berth", "runc"], "there is one runtime"),
        FixedKey("runtimes", [""], "there is one runtime"),
        FixedKey("ip6tables", ["true"], "published ports need the engine's nftables table"),
        FixedKey("firewall-backend", ["nftables", ""], "rules are in the engine's nftables table"),
        FixedKey("allow-direct-routing", ["false"], "ask for it by network"),
        FixedKey("seccomp-profile", ["builtin", ""], "ask for another profile by container"),
        FixedKey("storage-opts", [""], "the storage driver has no options"),
        FixedKey("exec-opts", ["native.cgroupdriver=cgroupfs", ""], "the shim makes control groups itself"),
    ]

    /// nil for a key that isn't one of these.
    public static func fixedKey(_ name: String) -> FixedKey? { fixedKeys.first { $0.name == name } }
}

/// A boolean, text or number of daemon.json, as text; of a list or object, its parts, separated by commas.
struct PlainValue: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            text = "\(flag)"
        } else if let number = try? container.decode(Int64.self) {
            text = "\(number)"
        } else if let list = try? container.decode([PlainValue].self) {
            text = list.map(\.text).joined(separator: ",")
        } else if let object = try? container.decode([String: PlainValue].self) {
            text = object.map { "\($0.key)=\($0.value.text)" }.sorted().joined(separator: ",")
        } else {
            text = try container.decode(String.self)
        }
    }
}
