// The small shapes within a host configuration.

/// `LogConfig`: a log driver and its options.
public struct LogConfig: Codable, Sendable, Equatable, ZeroValued {
    /// The driver's name; empty for the engine's default.
    @ZeroIfAbsent public var type: String
    @NullIfAbsent public var config: [String: String]?

    public init(type: String = "", config: [String: String]? = nil) {
        self.type = type
        self.config = config
    }

    public static var zeroValue: LogConfig { LogConfig() }

    enum CodingKeys: String, CodingKey { case type = "Type", config = "Config" }
}

/// `RestartPolicy`: when the engine starts a container again by itself.
public struct RestartPolicy: Codable, Sendable, Equatable, ZeroValued {
    /// `no`, `always`, `unless-stopped`, `on-failure`; empty means `no`.
    @ZeroIfAbsent public var name: String
    /// For `on-failure`: 0 for no limit.
    @ZeroIfAbsent public var maximumRetryCount: Int

    public init(name: String = "", maximumRetryCount: Int = 0) {
        self.name = name
        self.maximumRetryCount = maximumRetryCount
    }

    public static var zeroValue: RestartPolicy { RestartPolicy() }

    enum CodingKeys: String, CodingKey { case name = "Name", maximumRetryCount = "MaximumRetryCount" }
}

/// Rows and columns; on the wire the pair `[rows, columns]`.
public struct ConsoleSize: Codable, Sendable, Equatable, ZeroValued {
    public var rows: UInt16
    public var columns: UInt16

    public init(rows: UInt16 = 0, columns: UInt16 = 0) {
        self.rows = rows
        self.columns = columns
    }

    public static var zeroValue: ConsoleSize { ConsoleSize() }

    public init(from decoder: any Decoder) throws {
        var pair = try decoder.unkeyedContainer()
        rows = pair.isAtEnd ? 0 : try pair.decode(UInt16.self)
        columns = pair.isAtEnd ? 0 : try pair.decode(UInt16.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var pair = encoder.unkeyedContainer()
        try pair.encode(rows)
        try pair.encode(columns)
    }
}

/// `Ulimits`: one resource limit; -1 for none.
public struct Ulimit: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var name: String
    @ZeroIfAbsent public var hard: Int64
    @ZeroIfAbsent public var soft: Int64

    /// What there are limits of.
    public static let names: Set<String> = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime",
        "sigpending", "stack",
    ]

    public init(name: String, hard: Int64, soft: Int64) {
        self.name = name
        self.hard = hard
        self.soft = soft
    }

    enum CodingKeys: String, CodingKey { case name = "Name", hard = "Hard", soft = "Soft" }
}

/// A port of the host that leads to one of the container.
public struct HostPort: Codable, Sendable, Equatable {
    /// Empty for every address.
    @ZeroIfAbsent public var hostIP: String
    /// A port, a range `8000-8010`, or empty for an ephemeral port.
    @ZeroIfAbsent public var hostPort: String

    public init(hostIP: String, hostPort: String) {
        self.hostIP = hostIP
        self.hostPort = hostPort
    }

    enum CodingKeys: String, CodingKey { case hostIP = "HostIp", hostPort = "HostPort" }
}

/// Ports of the host by port of the container (`80/tcp`); a null value is an exposed port that isn't published.
public typealias PortMap = [String: [HostPort]?]
