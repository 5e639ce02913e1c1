// What a client is sent from the log before live output: the log so far, or what it missed.
import ContainerLog

/// The log, read as fast as the client takes it, and what is known of the output but isn't in the log yet.
struct LogReplay {
    /// Live output follows; otherwise the attachment ends with the log.
    let goesLive: Bool
    private var reader: LogReader
    private let log: LogWriter
    /// Bytes that the client has already of the lines that had no end yet.
    private var known: [LogStream: Int] = [:]

    init(of log: LogWriter, goesLive: Bool) throws(LogFailure) {
        reader = try LogReader(path: log.path)
        self.log = log
        self.goesLive = goesLive
    }

    /// From now on, for a client that has everything up to now.
    init(after log: LogWriter) throws(LogFailure) {
        reader = try LogReader(path: log.path, selection: LogSelection(tail: 0))
        self.log = log
        goesLive = true
        for stream in LogStream.allCases { known[stream] = log.unfinished(stream).count }
    }

    /// What `next` has come to the end of is all that was written, and not only what is in the file yet.
    var isComplete: Bool { log.isSettled }

    func whenComplete(_ action: @escaping () -> Void) { log.whenSettled(action) }

    mutating func next() -> LogEntry? {
        guard var entry = reader.next() else { return nil }
        entry.bytes.removeFirst(takeKnown(entry.stream, of: entry.bytes.count))
        return entry
    }

    /// The beginning of a line that has no end yet: it comes after the last entry and before live output.
    mutating func unfinished(_ stream: LogStream) -> [UInt8] {
        let bytes = log.unfinished(stream)
        return Array(bytes.dropFirst(takeKnown(stream, of: bytes.count)))
    }

    private mutating func takeKnown(_ stream: LogStream, of count: Int) -> Int {
        let taken = min(count, known[stream] ?? 0)
        known[stream] = (known[stream] ?? 0) - taken
        return taken
    }
}
