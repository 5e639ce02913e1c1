// A container's log, as a stream.

/// Which part of a log is asked for.
public struct LogOptions: Sendable, Equatable {
    public var stdout: Bool
    public var stderr: Bool
    /// Goes on with what is written, until the container ends.
    public var follow: Bool
    /// Nanoseconds since 1970; nil for no bound.
    public var since: Int64?
    /// Nanoseconds since 1970; nil for no bound.
    public var until: Int64?
    /// The last so many lines; nil for all.
    public var tail: Int?

    public init(stdout: Bool, stderr: Bool, follow: Bool = false, since: Int64? = nil, until: Int64? = nil, tail: Int? = nil) {
        self.stdout = stdout
        self.stderr = stderr
        self.follow = follow
        self.since = since
        self.until = until
        self.tail = tail
    }
}

/// One line, or a part of a long one.
public struct LogEntry: Sendable, Equatable {
    public enum Source: UInt8, Sendable {
        case stdout = 1
        case stderr = 2
    }

    public var source: Source
    /// Nanoseconds since 1970.
    public var time: Int64
    /// The line, with its newline if it has one.
    public var bytes: [UInt8]
    /// Labels and environment that the log driver was told to record.
    public var attributes: [String: String]

    public init(source: Source, time: Int64, bytes: [UInt8], attributes: [String: String] = [:]) {
        self.source = source
        self.time = time
        self.bytes = bytes
        self.attributes = attributes
    }
}

/// A log being read.
public struct LogStream: Sendable {
    /// The container has a terminal, so that lines are sent without frames.
    public let isTerminal: Bool
    /// Batches of entries in the log's order, made as they are asked for (`AsyncThrowingStream(unfolding:)`), so that a slow
    /// client grows no memory. Ends after the last line, or when a followed container has ended.
    public let batches: AsyncThrowingStream<[LogEntry], any Error>

    public init(isTerminal: Bool, batches: AsyncThrowingStream<[LogEntry], any Error>) {
        self.isTerminal = isTerminal
        self.batches = batches
    }
}
