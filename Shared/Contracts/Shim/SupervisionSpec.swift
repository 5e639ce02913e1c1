// What a shim does for its container by itself, whatever else is down: restarts and health checks.

public struct SupervisionSpec: Codable, Sendable, Equatable {
    public var restart: RestartRule
    public var stop: StopRule
    /// nil when the container's health isn't checked.
    public var health: HealthSpec?

    public init(restart: RestartRule = RestartRule(), stop: StopRule = StopRule(), health: HealthSpec? = nil) {
        self.restart = restart
        self.stop = stop
        self.health = health
    }
}

/// Whether a container that ended is started again.
public struct RestartRule: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case no, always
        case unlessStopped = "unless-stopped"
        case onFailure = "on-failure"
    }

    public var kind: Kind
    /// For `onFailure`: 0 is without limit.
    public var maximumRetries: Int32

    public init(_ kind: Kind = .no, maximumRetries: Int32 = 0) {
        self.kind = kind
        self.maximumRetries = maximumRetries
    }

    /// - Parameter restarts: how often it was started again since somebody started it.
    public func applies(exitCode: Int32, restarts: Int32) -> Bool {
        switch kind {
        case .no: false
        case .always, .unlessStopped: true
        case .onFailure: exitCode != 0 && (maximumRetries == 0 || restarts < maximumRetries)
        }
    }
}

/// How a container is asked to end.
public struct StopRule: Codable, Sendable, Equatable {
    public var signal: Int32
    /// Seconds until KILL; -1 waits for ever.
    public var seconds: Int32
    /// Whether KILL is sent at once to a process that ignores the signal, or that is the first of its namespace and has no handler for it.
    public var killsUnheeding: Bool?

    public init(signal: Int32 = 15, seconds: Int32 = 10, killsUnheeding: Bool? = nil) {
        self.signal = signal
        self.seconds = seconds
        self.killsUnheeding = killsUnheeding
    }
}

/// How a container's health is checked: by a command, whose exit code 0 is healthy, or by a connection. Times in nanoseconds.
public struct HealthSpec: Codable, Sendable, Equatable {
    /// What is done with a container that has become unhealthy.
    public enum Action: String, Codable, Sendable, CaseIterable { case none, restart, stop, kill }

    /// nil when `dial` tells the health.
    public var process: ProcessSpec?
    public var privileged: Bool
    public var dial: DialSpec?
    public var interval: Int64
    public var timeout: Int64
    /// Time after the start in which failures don't count.
    public var startPeriod: Int64
    /// The interval within the start period, until the first success.
    public var startInterval: Int64
    /// Failures in a row that make a container unhealthy.
    public var retries: Int32
    public var onUnhealthy: Action

    public init(
        process: ProcessSpec? = nil, privileged: Bool = false, dial: DialSpec? = nil, interval: Int64 = 30_000_000_000,
        timeout: Int64 = 30_000_000_000, startPeriod: Int64 = 0, startInterval: Int64 = 5_000_000_000, retries: Int32 = 3,
        onUnhealthy: Action = .none
    ) {
        self.process = process
        self.privileged = privileged
        self.dial = dial
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.retries = retries
        self.onUnhealthy = onUnhealthy
    }
}
