// Appends a container's output to its log file and rotates it, and never lets a failing disk stop the container.
import Glibc

/// How large a log may grow.
public struct LogLimits: Sendable, Equatable {
    /// Bytes of a file before it is rotated; nil for no limit.
    public var maxSize: Int64?
    /// Files kept, the current one included; at least 1.
    public var maxFile: Int32
    /// Bytes kept beyond that for readers which are behind.
    public var spareBytes: Int64

    public init(maxSize: Int64? = nil, maxFile: Int32 = 1, spareBytes: Int64 = 64 << 20) {
        self.maxSize = maxSize
        self.maxFile = maxFile
        self.spareBytes = spareBytes
    }
}

/// The one writer of a log. Not thread-safe; readers need no coordination with it.
///
/// What can't be written is counted in `droppedLines` and forgotten; writing resumes as soon as the file system allows.
public final class LogWriter {
    /// Encoded bytes gathered before a write.
    private static let batchLimit = 16 * 1024
    /// Room for a batch that is kept for the next one. What is larger is given back: most containers write little.
    private static let keptCapacity = 40 * 1024

    public let path: String
    /// Entries lost because the file could not be written.
    public private(set) var droppedLines: UInt64 = 0

    /// Told when entries begin to be lost, and when none were lost for a while: true, then false.
    public var onTrouble: ((Bool) -> Void)?

    /// Told after each rotation.
    public var onRotation: (() -> Void)?

    /// Nanoseconds without a loss after which the trouble is over.
    private static let calm: Int64 = 1_000_000_000
    /// When the last entry was lost; nil when that is long ago.
    private var lastLoss: Int64?

    private let limits: LogLimits
    private var encoder: LogLineEncoder
    private var file: AppendFile
    private var batch: [UInt8] = []
    private var stdout = LineSplitter()
    private var stderr = LineSplitter()

    /// Opens or creates the file.
    /// - Parameters:
    ///   - attributes: copied into each entry's `attrs`.
    ///   - group: the file's group, nil for the process's own. The mode is 0640.
    public init(path: String, limits: LogLimits, attributes: [String: String] = [:], group: UInt32? = nil) throws(LogFailure) {
        self.path = path
        self.limits = limits
        encoder = LogLineEncoder(attributes: attributes)
        file = try AppendFile(path: path, group: group)
    }

    /// Logs a chunk of output, up to its last newline; what follows is kept until its line ends or reaches 16 KiB.
    /// - Parameter time: nanoseconds since 1970.
    public func write(_ chunk: UnsafeBufferPointer<UInt8>, to stream: LogStream, at time: Int64) {
        switch stream {
        case .stdout: stdout.consume(chunk, at: time) { append($0, stream, at: $1) }
        case .stderr: stderr.consume(chunk, at: time) { append($0, stream, at: $1) }
        }
        let before = droppedLines
        flush()
        tell(isLost: droppedLines > before, at: time)
    }

    private func tell(isLost: Bool, at time: Int64) {
        let last = lastLoss
        if isLost {
            lastLoss = time
            if last == nil { onTrouble?(true) }
        } else if let last, time - last >= Self.calm {
            lastLoss = nil
            onTrouble?(false)
        }
    }

    /// Logs what is left of lines that never got their newline: at the end of the container.
    public func finish() {
        stdout.finish { append($0, .stdout, at: $1) }
        stderr.finish { append($0, .stderr, at: $1) }
        flush()
    }

    /// What was given to `write` and isn't in the file yet.
    public func unfinished(_ stream: LogStream) -> [UInt8] {
        stream == .stdout ? stdout.unfinished : stderr.unfinished
    }

    private func append(_ bytes: UnsafeBufferPointer<UInt8>, _ stream: LogStream, at time: Int64) {
        if let maxSize = limits.maxSize, file.size + Int64(batch.count) >= maxSize {
            flush()
            rotateIfFull(maxSize)
        }
        encoder.append(bytes, stream, at: time, to: &batch)
        if batch.count >= Self.batchLimit { flush() }
    }

    private func flush() {
        guard !batch.isEmpty else { return }
        droppedLines += file.append(batch)
        batch.removeAll(keepingCapacity: batch.capacity <= Self.keptCapacity)
    }

    /// The size is asked for again, because somebody may have truncated the file to get space back.
    private func rotateIfFull(_ maxSize: Int64) {
        file.refreshSize()
        guard file.size >= maxSize else { return }
        // Without a new file, the old one is filled on: an oversized log is better than none.
        guard let fresh = try? rotation.rotate(file) else { return }
        file = fresh
        onRotation?()
    }

    private var rotation: LogRotation { LogRotation(chain: LogChain(path: path), limits: limits) }

    /// Removes files that were kept for readers and that no reader holds any more. False when there are others yet.
    public func removeSurplus() -> Bool {
        rotation.removeSurplus()
        return !rotation.hasSurplus
    }
}
