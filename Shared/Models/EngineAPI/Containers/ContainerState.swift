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

    public init(
        status: Status, running: Bool = false, paused: Bool = false, restarting: Bool = false, oomKilled: Bool = false, dead: Bool = false,
        pid: Int = 0, exitCode: Int = 0, error: String = "", startedAt: EngineTime = .never, finishedAt: EngineTime = .never,
        health: ContainerHealth? = nil
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
    }

    enum CodingKeys: String, CodingKey {
        case status = "Status", running = "Running", paused = "Paused", restarting = "Restarting", oomKilled = "OOMKilled", dead = "Dead"
        case pid = "Pid", exitCode = "ExitCode", error = "Error", startedAt = "StartedAt", finishedAt = "FinishedAt", health = "Health"
    }
}
