// How a container's health is probed, and what came of it.

/// `Healthcheck` of a configuration. Durations are nanoseconds; 0 inherits from the image, then from the defaults.
public struct HealthConfig: Codable, Sendable, Equatable {
    /// Empty inherits; else `NONE`, `CMD` and arguments, or `CMD-SHELL` and a command.
    public var test: [String]?
    @OmittedIfZero public var interval: Int64
    @OmittedIfZero public var timeout: Int64
    @OmittedIfZero public var startPeriod: Int64
    @OmittedIfZero public var startInterval: Int64
    /// Failures in a row that make the container unhealthy.
    @OmittedIfZero public var retries: Int

    public init() {}

    enum CodingKeys: String, CodingKey {
        case test = "Test", interval = "Interval", timeout = "Timeout", startPeriod = "StartPeriod"
        case startInterval = "StartInterval", retries = "Retries"
    }
}

/// `State.Health` of inspect.
public struct ContainerHealth: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable { case none, starting, healthy, unhealthy }

    public var status: Status
    /// Failures in a row.
    public var failingStreak: Int
    /// The last few results, oldest first.
    public var log: [HealthcheckResult]

    public init(status: Status, failingStreak: Int = 0, log: [HealthcheckResult] = []) {
        self.status = status
        self.failingStreak = failingStreak
        self.log = log
    }

    enum CodingKeys: String, CodingKey {
        case status = "Status", failingStreak = "FailingStreak", log = "Log"
    }
}

/// One run of a health probe.
public struct HealthcheckResult: Codable, Sendable, Equatable {
    public var start: EngineTime
    public var end: EngineTime
    public var exitCode: Int
    public var output: String

    public init(start: EngineTime, end: EngineTime, exitCode: Int, output: String) {
        self.start = start
        self.end = end
        self.exitCode = exitCode
        self.output = output
    }

    enum CodingKeys: String, CodingKey {
        case start = "Start", end = "End", exitCode = "ExitCode", output = "Output"
    }
}

/// `Health` of a list's entry, from 1.52.
public struct ContainerHealthSummary: Codable, Sendable, Equatable {
    public var status: ContainerHealth.Status
    public var failingStreak: Int

    public init(status: ContainerHealth.Status, failingStreak: Int = 0) {
        self.status = status
        self.failingStreak = failingStreak
    }

    enum CodingKeys: String, CodingKey {
        case status = "Status", failingStreak = "FailingStreak"
    }
}
