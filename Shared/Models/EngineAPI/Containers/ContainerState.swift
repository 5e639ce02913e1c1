// What a container is doing, as inspect tells it.

/// `State` of inspect.
public struct ContainerState: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case created, running, paused, restarting, removing, exited, dead
    }

    public var status: Status
    /// True while paused, too.
    public var running: Bool
    public var paused: Bool
    public var restarting: Bool
    public var oomKilled: Bool
    public var dead: Bool
    /// In the host's numbering; 0 when not running.
    public var pid: Int
    public var exitCode: Int
    public var error: String
    public var startedAt: EngineTime
    public var finishedAt: EngineTime
    /// nil without a health check.
    public var health: ContainerHealth?
    /// Why it last ended: Berth's own.
    public var cause: EndCause?

    public init(
        status: Status, running: Bool = false, paused: Bool = false, restarting: Bool = false, oomKilled: Bool = false, dead: Bool = false,
        pid: Int = 0, exitCode: Int = 0, error: String = "", startedAt: EngineTime = .never, finishedAt: EngineTime = .never,
        health: ContainerHealth? = nil, cause: EndCause? = nil
    ) {
        self.status = status
        self.running = running
        self.paused = paused
        self.restarting = restarting
        self.oomKilled = oomKilled
        self.dead = dead
        self.pid = pid
        self.exitCode = exitCode
        self.error = error
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.health = health
        self.cause = cause
    }

    enum CodingKeys: String, CodingKey {
        case status = "Status", running = "Running", paused = "Paused", restarting = "Restarting", oomKilled = "OOMKilled", dead = "Dead"
        case pid = "Pid", exitCode = "ExitCode", error = "Error", startedAt = "StartedAt", finishedAt = "FinishedAt", health = "Health"
        case cause = "BerthCause"
    }
}

/// Why a container ended.
public struct EndCause: Codable, Sendable, Equatable {
    /// `exited`, `signal`, `outOfMemory`, `requested`, `stopTimeout`, `unhealthy` or `startFailure`.
    public var kind: String
    public var signal: String?
    /// Who asked for it: `stop`, `kill`, `restart`, `remove`.
    public var request: String?
    /// Bytes.
    public var memoryPeak: Int64?
    public var memoryLimit: Int64?
    public var dumpedCore: Bool

    public init(
        kind: String, signal: String? = nil, request: String? = nil, memoryPeak: Int64? = nil, memoryLimit: Int64? = nil,
        dumpedCore: Bool = false
    ) {
        self.kind = kind
        self.signal = signal
        self.request = request
        self.memoryPeak = memoryPeak
        self.memoryLimit = memoryLimit
        self.dumpedCore = dumpedCore
    }

    enum CodingKeys: String, CodingKey {
        case kind = "Kind", signal = "Signal", request = "Request", memoryPeak = "MemoryPeak", memoryLimit = "MemoryLimit"
        case dumpedCore = "DumpedCore"
    }
}
