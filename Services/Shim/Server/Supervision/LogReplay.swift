// What a client is sent before live output: the log so far.
import ContainerLog

/// The log, read as fast as the client takes it, and what is known of the output but isn't in the log yet.
struct LogReplay {
    /// Live output follows; otherwise the attachment ends with the log.
    let goesLive: Bool
    private var reader: LogReader
    private let log: LogWriter

    init(of log: LogWriter, goesLive: Bool) throws(LogFailure) {
        reader = try LogReader(path: log.path)
        self.log = log
        self.goesLive = goesLive
    }

    mutating func next() -> LogEntry? { reader.next() }

    /// The beginning of a line that has no end yet: it comes after the last entry and before live output.
    func unfinished(_ stream: LogStream) -> [UInt8] { log.unfinished(stream) }
}
