// Reads a log from a chosen point to its end, and on as it grows, through any number of rotations.

/// Which part of a log is wanted.
public struct LogSelection: Sendable, Equatable {
    /// Starts this many entries before the end; nil for the beginning. Counted before `since` and `until`, as dockerd does.
    public var tail: Int?
    /// Nanoseconds since 1970; earlier entries are left out.
    public var since: Int64?
    /// Nanoseconds since 1970; the log is finished at the first entry after it.
    public var until: Int64?
    /// Goes on with what is written after the reader was made; otherwise the log is finished where it ended then, however fast it grows.
    public var follows: Bool

    public static let all = LogSelection()

    public init(tail: Int? = nil, since: Int64? = nil, until: Int64? = nil, follows: Bool = true) {
        self.tail = tail
        self.since = since
        self.until = until
        self.follows = follows
    }
}

/// A cursor in a log: `next()` never waits. A copy is a cursor of its own.
///
/// Nothing is lost or doubled while the log is followed, unless the reader falls so far behind the writer that keeping files for it
/// would fill the disk.
/// What is no entry is skipped and counted. Calls read files, so they belong off an event loop.
public struct LogReader: Sendable {
    /// Bytes read at a time.
    static let blockSize = 64 * 1024
    /// A line beyond this is no entry of ours and is skipped.
    static let maximumLine = 1 << 20

    /// Lines that were no entries.
    public private(set) var corruptLines: UInt64 = 0
    /// Everything up to `until`, or up to the end of a log that isn't followed, was read: `next()` gives nil for good.
    public private(set) var isFinished = false

    private let chain: LogChain
    private let selection: LogSelection
    /// The file being read and those after it that were there at the start.
    private var file: LogFile?
    private var following: [LogFile] = []
    /// Where the next block is read.
    private var offset: Int64 = 0
    /// Where a log that isn't followed ends; nil for one that is.
    private var end: (file: LogFile.Identity, offset: Int64)?
    private var buffer: [UInt8] = []
    private var position = 0
    /// In the middle of a line that is too long.
    private var isSkipping = false

    /// A log that doesn't exist yet is an empty one. Throws when it exists and can't be opened.
    public init(path: String, selection: LogSelection = .all) throws(LogFailure) {
        chain = LogChain(path: path)
        self.selection = selection
        guard let start = try LogStart.find(in: chain, selection) else {
            isFinished = !selection.follows
            return
        }
        if !selection.follows, let last = start.files.last { end = (last.identity, start.end) }
        file = start.files.first
        following = Array(start.files.dropFirst())
        offset = start.offset
    }

    /// The next entry; nil at the end for now. More may follow as the log grows.
    public mutating func next() -> LogEntry? {
        while !isFinished, let range = nextLine() {
            if isBeforeSince(range) { continue }
            guard let entry = buffer[range].withUnsafeBufferPointer({ LogLineDecoder.decode($0) }) else {
                corruptLines += 1
                continue
            }
            if let until = selection.until, entry.timeNanoseconds > until {
                isFinished = true
                return nil
            }
            if let since = selection.since, entry.timeNanoseconds < since { continue }
            return entry
        }
        return nil
    }

    /// Spares the decoding of what isn't wanted.
    private func isBeforeSince(_ line: Range<Int>) -> Bool {
        guard let since = selection.since else { return false }
        return buffer.withUnsafeBufferPointer { bytes in
            LogLineDecoder.time(atEndOf: UnsafeBufferPointer(rebasing: bytes[line])).map { $0 < since } ?? false
        }
    }

    /// The next whole line in the buffer, without its newline.
    private mutating func nextLine() -> Range<Int>? {
        var searched = position
        while true {
            if let newline = buffer.withUnsafeBufferPointer({ $0.firstNewline(from: searched) }) {
                let line = position..<newline
                position = newline + 1
                if !isSkipping { return line }
                isSkipping = false
                searched = position
                continue
            }
            discardConsumed()
            searched = buffer.count
            guard readBlock() else { return nil }
        }
    }

    /// Makes room, and gives up a line that is too long.
    private mutating func discardConsumed() {
        buffer.removeFirst(position)
        position = 0
        guard buffer.count > Self.maximumLine || isSkipping else { return }
        if !isSkipping { corruptLines += 1 }
        isSkipping = true
        buffer.removeAll()
    }

    /// Reads on, in the next file when this one is finished. False at the end for now.
    private mutating func readBlock() -> Bool {
        guard let current = file else { return openFirst() }
        if let end, end.file == current.identity, offset >= end.offset {
            isFinished = true
            return false
        }
        if read(current) { return true }
        guard let next = following.first ?? chain.successor(of: current) else {
            restartIfTruncated(current)
            return false
        }
        // The writer had finished with this file before the next one existed: one more look finds all there will be.
        if read(current) { return true }
        if !following.isEmpty { following.removeFirst() }
        start(next)
        return read(next)
    }

    private mutating func read(_ file: LogFile) -> Bool {
        let left = end.flatMap { $0.file == file.identity ? $0.offset - offset : nil } ?? Int64(Self.blockSize)
        let count = file.read(into: &buffer, count: min(Self.blockSize, Int(max(left, 0))), at: offset)
        offset += Int64(count)
        return count > 0
    }

    /// The log has come into being.
    private mutating func openFirst() -> Bool {
        guard let first = try? chain.openCurrent() else { return false }
        file = first
        while let earlier = file.flatMap({ chain.predecessor(of: $0) }) { file = earlier }
        return file.map { read($0) } ?? false
    }

    private mutating func start(_ next: LogFile) {
        // Half a line at the end of a finished file is never completed.
        if !buffer.isEmpty || isSkipping { corruptLines += isSkipping ? 0 : 1 }
        buffer.removeAll(keepingCapacity: true)
        isSkipping = false
        file = next
        offset = 0
    }

    /// Somebody emptied the file in place: what comes now starts at its beginning.
    private mutating func restartIfTruncated(_ file: LogFile) {
        guard file.size < offset else { return }
        buffer.removeAll()
        isSkipping = false
        offset = 0
    }
}
