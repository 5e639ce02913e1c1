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

            public init(name: String, soft: Int64, hard: Int64) {
                self.name = name
                self.soft = soft
                self.hard = hard
            }

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
        /// `seccomp-profile`: `builtin`, `unconfined`, or the path of a profile.
        public var seccompProfile = Self.builtinProfile
        public static let builtinProfile = "builtin"
        public static let noProfile = "unconfined"

        public init() {}
    }

    mutating func readContainers(_ container: KeyedDecodingContainer<Key>) throws {
        cgroupParent = try container.text(.cgroupParent) ?? cgroupParent
        containers.logDriver = try container.text(.logDriver) ?? containers.logDriver
        containers.logOptions = try container.value(.logOptions, containers.logOptions)
        containers.ulimits = try container.value(.ulimits, containers.ulimits)
        containers.shmSize = try container.decodeIfPresent(ByteSize.self, forKey: .shmSize)?.bytes ?? containers.shmSize
        containers.stopTimeout = try container.value(.stopTimeout, containers.stopTimeout)
        containers.usesInit = try container.value(.usesInit, containers.usesInit)
        containers.noNewPrivileges = try container.value(.noNewPrivileges, containers.noNewPrivileges)
        containers.ipcMode = try container.text(.ipcMode) ?? containers.ipcMode
        containers.cgroupnsMode = try container.text(.cgroupnsMode)
        containers.seccompProfile = try container.text(.seccompProfile) ?? containers.seccompProfile
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
        try container.encode(containers.seccompProfile, forKey: .seccompProfile)
    }

    func validateContainers() throws {
        for (name, limit) in containers.ulimits.sorted(by: { $0.key < $1.key }) {
            try Self.require(
                limit.name == name, "default-ulimits", "has a limit under the name '\(name)' that calls itself '\(limit.name)'")
            try Self.require(Ulimit.names.contains(name), "default-ulimits", "has an invalid ulimit type: \(name)")
            let isOrdered = limit.hard < 0 || (0...limit.hard).contains(limit.soft)
            try Self.require(isOrdered, "default-ulimits", "has a soft limit of \(name) above the hard one")
        }
        let isProfile = [ContainerDefaults.builtinProfile, ContainerDefaults.noProfile].contains(containers.seccompProfile)
        try Self.require(
            isProfile || containers.seccompProfile.hasPrefix("/"), "seccomp-profile",
            "must be builtin, unconfined or an absolute path, not '\(containers.seccompProfile)'")
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
