// Keys of daemon.json that are taken and do nothing: where this engine has no use for them, and nobody loses anything by it.

extension EngineConfiguration {
    /// A key without effect, and why it has none.
    public struct IdleKey: Sendable {
        public let key: ConfigurationKey
        public let reason: String

        init(_ name: String, _ shape: ConfigurationKey.Shape, _ reason: String, flag: String? = nil, hasFlag: Bool = true) {
            key = ConfigurationKey(name: name, shape: shape, flag: hasFlag ? flag ?? name : nil, short: nil)
            self.reason = reason
        }
    }

    private static let noContainerd = "containers are run without containerd"
    private static let noSwarm = "there is no swarm"

    public static let idleKeys: [IdleKey] = [
        IdleKey("containerd", .text, noContainerd),
        IdleKey("containerd-namespace", .text, noContainerd),
        IdleKey("containerd-plugins-namespace", .text, noContainerd),
        IdleKey("containerd-plugin-namespace", .text, noContainerd, hasFlag: false),
        IdleKey("cri-containerd", .truth, noContainerd),
        IdleKey(
            "shutdown-timeout", .number, "containers go on when the engine stops; when the host stops, each has a stop timeout of its own"),
        IdleKey("runtimes", .map, "there is one runtime; a container that asks for another by name is refused", flag: "add-runtime"),
        IdleKey("userland-proxy-path", .text, "the proxy is a part of the network service"),
        IdleKey("init-path", .text, "the shim is the init"),
        IdleKey("default-init", .text, "the shim is the init", hasFlag: false),
        IdleKey("raw-logs", .truth, "logs have whole timestamps and no colours anyway"),
        IdleKey("swarm-default-advertise-addr", .text, noSwarm),
        IdleKey("swarm-raft-heartbeat-tick", .number, noSwarm, hasFlag: false),
        IdleKey("swarm-raft-election-tick", .number, noSwarm, hasFlag: false),
        IdleKey("node-generic-resources", .list, noSwarm, flag: "node-generic-resource"),
        IdleKey("network-control-plane-mtu", .number, noSwarm),
        IdleKey(
            "allow-nondistributable-artifacts", .list, "all layers of an image are pushed alike"),
        IdleKey("builder", .map, "no images are built, so there is no build cache to limit", hasFlag: false),
        IdleKey("deprecated-key-path", .text, "images aren't signed by a key of the engine's", hasFlag: false),
    ]

    /// nil for a key that isn't one of these.
    public static func idleKey(_ name: String) -> IdleKey? { idleKeys.first { $0.key.name == name } }

    /// What is to be told when the engine starts: a line for each key that was given and does nothing.
    public var notices: [String] {
        let ofKeys = idle.keys.sorted().compactMap { name in
            Self.idleKey(name).map { "key '\(name)' has no effect: \($0.reason)" }
        }
        return ofKeys + devices.idleFeatures.keys.sorted().compactMap(Devices.notice)
    }

    /// Keys of both tables that can be given as a flag.
    public static var flaggedKeys: [ConfigurationKey] { (fixedKeys.map(\.key) + idleKeys.map(\.key)).filter { $0.flag != nil } }

    /// Takes what a flag of a key in the tables was given, in the order it was given. Errors: `ConfigurationError`.
    public mutating func take(_ key: ConfigurationKey, flagged texts: [String]) throws {
        try take(try key.value(ofFlag: texts), for: key.name)
    }

    /// Returns false for a key that is in neither table. Errors: `ConfigurationError` for a value it can't have.
    @discardableResult
    mutating func take(_ value: PlainValue, for name: String) throws -> Bool {
        if let fixed = Self.fixedKey(name) {
            try fixed.check(value)
        } else if let known = Self.idleKey(name) {
            try known.key.check(value)
            idle[name] = value == .null ? nil : value
        } else {
            return false
        }
        return true
    }
}
