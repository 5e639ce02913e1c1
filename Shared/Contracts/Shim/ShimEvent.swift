// What a shim tells those who watch it.

/// Something that happened to a container, told by `WatchShim`.
public enum ShimEvent: Codable, Sendable, Equatable {
    case started(RunningContainer)
    case paused
    case resumed
    case outOfMemory
    /// It has ended, and the shim will start it again.
    case restarting(RestartNotice)
    case exited(ExitRecord)
    case execStarted(execID: String, pid: Int32)
    case execExited(execID: String, exitCode: Int32)
    /// A check gave a result.
    case healthChecked(HealthNotice)
    case healthChanged(HealthStatus)
    /// All that is known of the health, at the beginning of a watch.
    case health(HealthReport)
    /// The log can't be written, or can be again.
    case logFailing(droppedLines: UInt64)
    case logResumed(droppedLines: UInt64)
    /// What a newer shim tells and nobody here knows.
    case unknown

    enum CodingKeys: CodingKey {
        case started, paused, resumed, outOfMemory, restarting, exited, execStarted, execExited, healthChecked, healthChanged, health
        case logFailing, logResumed, unknown
    }
}

/// An end after which the container is started again.
public struct RestartNotice: Codable, Sendable, Equatable {
    public var exit: ExitRecord
    /// How often it was started again, this time included, since somebody started it.
    public var count: Int32
    public var delayMilliseconds: Int64

    public init(exit: ExitRecord, count: Int32, delayMilliseconds: Int64) {
        self.exit = exit
        self.count = count
        self.delayMilliseconds = delayMilliseconds
    }
}

/// An event with its place among those of its shim.
public struct ShimNotice: Codable, Sendable, Equatable {
    /// Grows by one from 1; 0 for what isn't kept: execs, single results of checks, and the summary at the beginning of a watch.
    public var sequence: UInt64
    /// When it happened, in nanoseconds since 1970.
    public var time: Int64
    public var event: ShimEvent

    public init(sequence: UInt64 = 0, time: Int64 = 0, _ event: ShimEvent) {
        self.sequence = sequence
        self.time = time
        self.event = event
    }

    /// One with an unknown event is a notice, too: what comes after it is seen.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sequence = try container.decode(UInt64.self, forKey: .sequence)
        time = try container.decode(Int64.self, forKey: .time)
        let known = try container.nestedContainer(keyedBy: ShimEvent.CodingKeys.self, forKey: .event).allKeys
        event = known.isEmpty ? .unknown : try container.decode(ShimEvent.self, forKey: .event)
    }
}
