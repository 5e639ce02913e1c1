// Makes log lines of a container's output, and never lets a failing disk stop the container.
import Glibc

/// The one writer of a log. Not thread-safe; readers need no coordination with it.
///
/// What can't be written is counted in `droppedLines` and forgotten; writing resumes as soon as the file system allows.
public final class LogWriter {
    /// Encoded bytes gathered before they are passed on.
    private static let batchLimit = 16 * 1024
    /// Room for a batch that is kept for the next one. What is larger is given back: most containers write little.
    private static let keptCapacity = 40 * 1024
    /// Nanoseconds without a loss after which the trouble is over.
    private static let calm: Int64 = 1_000_000_000

    public var path: String { sink.path }
    /// Entries lost because the file could not be written.
    public var droppedLines: UInt64 { sink.droppedLines }
    /// All lines written so far are in the file, or lost.
    public var isSettled: Bool { sink.isSettled }
    /// The log wants no more output for now.
    public var isFull: Bool { sink.isFull }

    /// Told when entries begin to be lost, and when none were lost for a while: true, then false.
    public var onTrouble: ((Bool) -> Void)?
    /// Told when `isFull` may have changed by itself.
    public var onFlow: (() -> Void)?

    /// When the last entry was lost; nil when that is long ago.
    private var lastLoss: Int64?
    private var knownDrops: UInt64 = 0
    private var lastTime: Int64 = 0
    private var settling: [() -> Void] = []

    private let sink: any LogSink
    private var encoder: LogLineEncoder
    private var batch: [UInt8] = []
    private var batchLines = 0
    private var stdout = LineSplitter()
    private var stderr = LineSplitter()

    /// - Parameter attributes: copied into each entry's `attrs`.
    public init(sink: any LogSink, attributes: [String: String] = [:]) {
        self.sink = sink
        encoder = LogLineEncoder(attributes: attributes)
        sink.onChange = { [weak self] in self?.changed() }
    }

    /// Opens or creates a file and writes it at once.
    public convenience init(
        path: String, limits: LogLimits, attributes: [String: String] = [:], group: UInt32? = nil
    ) throws(LogFailure) {
        self.init(sink: try RotatingFile(path: path, limits: limits, group: group), attributes: attributes)
    }

    /// Logs a chunk of output, up to its last newline; what follows is kept until its line ends or reaches 16 KiB.
    /// - Parameter time: nanoseconds since 1970.
    public func write(_ chunk: UnsafeBufferPointer<UInt8>, to stream: LogStream, at time: Int64) {
        lastTime = time
        switch stream {
        case .stdout: stdout.consume(chunk, at: time) { append($0, stream, at: $1) }
        case .stderr: stderr.consume(chunk, at: time) { append($0, stream, at: $1) }
        }
        flush()
        noteLosses()
    }

    private func noteLosses() {
        let isLost = sink.droppedLines > knownDrops
        knownDrops = sink.droppedLines
        let last = lastLoss
        if isLost {
            lastLoss = lastTime
            if last == nil { onTrouble?(true) }
        } else if let last, lastTime - last >= Self.calm {
            lastLoss = nil
            onTrouble?(false)
        }
    }

    /// Logs what is left of lines that never got their newline: at the end of the container.
    public func finish() {
        stdout.finish { append($0, .stdout, at: $1) }
        stderr.finish { append($0, .stderr, at: $1) }
        flush()
        noteLosses()
    }

    /// Calls back once, as soon as the log is settled: at once when it is.
    public func whenSettled(_ action: @escaping () -> Void) {
        if isSettled { action() } else { settling.append(action) }
    }

    /// Loses from now on what the disk doesn't take, instead of being full, until there is progress.
    public func stopHoldingUp() { sink.stopHoldingUp() }

    /// What was given to `write` and has no line of its own yet.
    public func unfinished(_ stream: LogStream) -> [UInt8] {
        stream == .stdout ? stdout.unfinished : stderr.unfinished
    }

    private func changed() {
        noteLosses()
        onFlow?()
        guard isSettled, !settling.isEmpty else { return }
        let actions = settling
        settling = []
        for action in actions { action() }
    }

    private func append(_ bytes: UnsafeBufferPointer<UInt8>, _ stream: LogStream, at time: Int64) {
        encoder.append(bytes, stream, at: time, to: &batch)
        batchLines += 1
        if batch.count >= Self.batchLimit { flush() }
    }

    private func flush() {
        guard !batch.isEmpty else { return }
        sink.append(batch, count: batchLines)
        batch.removeAll(keepingCapacity: batch.capacity <= Self.keptCapacity)
        batchLines = 0
    }
}
