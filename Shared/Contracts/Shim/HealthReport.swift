// What came of a container's health checks.

public enum HealthStatus: String, Codable, Sendable { case starting, healthy, unhealthy }

public struct HealthReport: Codable, Sendable, Equatable {
    /// Results kept.
    public static let length = 5

    public var status: HealthStatus
    /// Failures in a row.
    public var failingStreak: Int32
    /// The latest, oldest first.
    public var results: [HealthResult]

    public init(status: HealthStatus = .starting, failingStreak: Int32 = 0, results: [HealthResult] = []) {
        self.status = status
        self.failingStreak = failingStreak
        self.results = results
    }

    /// Begins a new run: the health isn't known yet, and earlier results stay readable.
    public mutating func begin() {
        status = .starting
        failingStreak = 0
    }

    public mutating func add(_ result: HealthResult) {
        results.append(result)
        if results.count > Self.length { results.removeFirst(results.count - Self.length) }
    }
}

/// One run of the check.
public struct HealthResult: Codable, Sendable, Equatable {
    /// Bytes of output kept.
    public static let outputLimit = 4096

    /// Nanoseconds since 1970.
    public var start: Int64
    public var end: Int64
    /// -1 when it could not be started, or took too long.
    public var exitCode: Int32
    public var output: String
    /// Nanoseconds until its process was there; nil when it couldn't be started, or when none is needed.
    public var preparation: Int64?

    public init(start: Int64, end: Int64, exitCode: Int32, output: String, preparation: Int64? = nil) {
        self.preparation = preparation
        self.start = start
        self.end = end
        self.exitCode = exitCode
        self.output = output
    }
}

/// The latest result, and where it leaves the container.
public struct HealthNotice: Codable, Sendable, Equatable {
    public var status: HealthStatus
    public var failingStreak: Int32
    public var result: HealthResult
    /// Earlier results that were not told at once, oldest first; nil for none.
    public var earlier: [HealthResult]?

    public init(status: HealthStatus, failingStreak: Int32, result: HealthResult, earlier: [HealthResult]? = nil) {
        self.status = status
        self.failingStreak = failingStreak
        self.result = result
        self.earlier = earlier
    }

    /// All of them, oldest first.
    public var results: [HealthResult] { (earlier ?? []) + [result] }
}
