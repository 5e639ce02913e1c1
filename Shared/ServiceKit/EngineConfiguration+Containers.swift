// What dockerd's configuration says of containers that say nothing themselves.
import Models

extension EngineConfiguration {
    /// What containers get that ask for nothing else, from the moment they are made.
    public struct ContainerDefaults: Sendable, Equatable {
        /// A limit of `default-ulimits`, under the names that dockerd has for it.
        public struct Limit: Codable, Sendable, Equatable {
            public var name: String
            public var soft: Int64
            public var hard: Int64

            enum CodingKeys: String, CodingKey { case name = "Name", soft = "Soft", hard = "Hard" }
        }

        /// `log-driver` and `log-opts`: options are those of this driver, for containers that have it too.
        public var logDriver = "json-file"
        public var logOptions: [String: String] = [:]
        /// `default-ulimits`, by name.
        public var ulimits: [String: Limit] = [:]
        /// `default-shm-size`, in bytes.
        public var shmSize: Int64 = 64 << 20
        /// `default-stop-timeout`, in seconds.
        public var stopTimeout = 10
        /// `init`: a process that reaps orphans is the first one.
        public var usesInit = false
        public var noNewPrivileges = false
        /// `default-ipc-mode`: `private` or `shareable`.
        public var ipcMode = "private"
        /// `default-cgroupns-mode`: `private` or `host`; nil for what suits the host's version of control groups.
        public var cgroupnsMode: String?

        public init() {}
    }

    mutating func readContainers(_ container: KeyedDecodingContainer<Key>) throws {
        func value<T: Decodable>(_ key: Key, _ fallback: T) throws -> T { try container.decodeIfPresent(T.self, forKey: key) ?? fallback }
        containers.logDriver = try value(.logDriver, containers.logDriver)
        containers.logOptions = try value(.logOptions, containers.logOptions)
        containers.ulimits = try value(.ulimits, containers.ulimits)
        containers.shmSize = try container.decodeIfPresent(ByteSize.self, forKey: .shmSize)?.bytes ?? containers.shmSize
        containers.stopTimeout = try value(.stopTimeout, containers.stopTimeout)
        containers.usesInit = try value(.usesInit, containers.usesInit)
        containers.noNewPrivileges = try value(.noNewPrivileges, containers.noNewPrivileges)
        containers.ipcMode = try value(.ipcMode, containers.ipcMode)
        containers.cgroupnsMode = try container.decodeIfPresent(String.self, forKey: .cgroupnsMode)
    }

    func writeContainers(_ container: inout KeyedEncodingContainer<Key>) throws {
        try container.encode(containers.logDriver, forKey: .logDriver)
        try container.encode(containers.logOptions, forKey: .logOptions)
        try container.encode(containers.ulimits, forKey: .ulimits)
        try container.encode(containers.shmSize, forKey: .shmSize)
        try container.encode(containers.stopTimeout, forKey: .stopTimeout)
        try container.encode(containers.usesInit, forKey: .usesInit)
        try container.encode(containers.noNewPrivileges, forKey: .noNewPrivileges)
        try container.encode(containers.ipcMode, forKey: .ipcMode)
        try container.encodeIfPresent(containers.cgroupnsMode, forKey: .cgroupnsMode)
    }

    func validateContainers() throws {
        for (name, limit) in containers.ulimits.sorted(by: { $0.key < $1.key }) {
            try Self.require(
                limit.name == name, "default-ulimits", "has a limit under the name '\(name)' that calls itself '\(limit.name)'")
            let isOrdered = limit.hard < 0 || (0...limit.hard).contains(limit.soft)
            try Self.require(isOrdered, "default-ulimits", "has a soft limit of \(name) above the hard one")
        }
        try Self.require(containers.shmSize > 0, "default-shm-size", "must be more than 0")
        try Self.require(containers.stopTimeout >= 0, "default-stop-timeout", "must be 0 or more seconds")
        try Self.require(
            ["private", "shareable"].contains(containers.ipcMode), "default-ipc-mode",
            "must be private or shareable, not '\(containers.ipcMode)'")
        try Self.require(
            ["private", "host"].contains(containers.cgroupnsMode ?? "host"), "default-cgroupns-mode",
            "must be private or host, not '\(containers.cgroupnsMode ?? "")'")
    }
}

/// A number of bytes, or one with a unit: `64M`, `1g`, `512KiB`.
struct ByteSize: Decodable {
    let bytes: Int64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) {
            bytes = number
            return
        }
        let text = try container.decode(String.self)
        guard let bytes = ByteCount.parse(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no size: it must be like 64M")
        }
        self.bytes = bytes
    }
}
