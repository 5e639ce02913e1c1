// What a log is made of: entries, each a line or a piece of one, with its stream and its time.

/// Which of a process's outputs an entry came from. A terminal's output counts as `stdout`.
public enum LogStream: String, Sendable, CaseIterable {
    case stdout
    case stderr
}

/// One record of a log.
public struct LogEntry: Sendable, Equatable {
    public var stream: LogStream
    /// What the process wrote, with its newline; a piece of a line that goes on in a later entry has none.
    public var bytes: [UInt8]
    /// Nanoseconds since 1970. All pieces of a line carry the time of its first.
    public var timeNanoseconds: Int64
    /// Labels and environment the container's log options asked for; empty as a rule.
    public var attrs: [String: String]

    public init(stream: LogStream, bytes: [UInt8], timeNanoseconds: Int64, attrs: [String: String] = [:]) {
        self.stream = stream
        self.bytes = bytes
        self.timeNanoseconds = timeNanoseconds
        self.attrs = attrs
    }
}

/// A log file could not be used.
public struct LogFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried: `open`, `rename`…
    public var operation: String
    public var path: String
    public var errno: Int32

    public init(operation: String, path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    public var description: String { "log file \(path): \(operation) failed with errno \(errno)" }
}
