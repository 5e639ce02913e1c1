// A log's current file, and the files it becomes one after the other.
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

/// The one that appends to a log's files and rotates them; it waits for the disk. Not thread-safe; readers need no coordination with it.
public final class RotatingFile: LogSink {
    public let path: String
    public private(set) var droppedLines: UInt64 = 0
    public var isSettled: Bool { true }
    public var isFull: Bool { false }
    public var onChange: (() -> Void)?

    /// Told after each rotation.
    public var onRotation: (() -> Void)?

    private let limits: LogLimits
    private var file: AppendFile

    /// Opens or creates the file.
    /// - Parameter group: the file's group, nil for the process's own. The mode is 0640.
    public init(path: String, limits: LogLimits, group: UInt32? = nil) throws(LogFailure) {
        self.path = path
        self.limits = limits
        file = try AppendFile(path: path, group: group)
    }

    public func append(_ lines: [UInt8], count: Int) { append(lines[...]) }

    /// Lines that follow one that reaches the limit are the next file's.
    public func append(_ lines: ArraySlice<UInt8>) {
        var rest = lines
        while !rest.isEmpty {
            rotateIfFull()
            let part = rest.prefix(fitting(rest))
            droppedLines += file.append(part)
            rest = rest[part.endIndex...]
        }
    }

    public func stopHoldingUp() {}

    private func fitting(_ lines: ArraySlice<UInt8>) -> Int {
        guard let maxSize = limits.maxSize else { return lines.count }
        let room = maxSize - file.size
        // Without a new file, the old one is filled on: an oversized log is better than none.
        guard room > 0, Int64(lines.count) > room else { return lines.count }
        let last = lines[(lines.startIndex + Int(room) - 1)...].firstIndex(of: UInt8(ascii: "\n"))
        return last.map { $0 + 1 - lines.startIndex } ?? lines.count
    }

    /// The size is asked for again, because somebody may have truncated the file to get space back.
    private func rotateIfFull() {
        guard let maxSize = limits.maxSize, file.size >= maxSize else { return }
        file.refreshSize()
        guard file.size >= maxSize, let fresh = try? rotation.rotate(file) else { return }
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
