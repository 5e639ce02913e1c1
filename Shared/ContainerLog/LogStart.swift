// Finds where reading begins, without reading what comes before.

/// The files to read, oldest first, and the offset in the first of them.
struct LogStart {
    var files: [LogFile]
    var offset: Int64
    /// Bytes of the newest file, read before anything else: what is counted from the end is counted from here, however the log grows.
    var end: Int64

    /// The clock may have been set back a little, and pieces of a line carry the time of its beginning.
    private static let sinceSlack: Int64 = LogTime.nanosecondsPerSecond / 4
    /// Files of one log that are considered; a hostile directory can't make this endless.
    private static let maximumFiles = 10_000

    /// nil when there is no log.
    static func find(in chain: LogChain, _ selection: LogSelection) throws(LogFailure) -> LogStart? {
        guard let current = try chain.openCurrent() else { return nil }
        var start = LogStart(files: [current], offset: 0, end: current.size)
        if let tail = selection.tail { return fromEnd(start, chain, max(tail, 0)) }
        if let since = selection.since { return fromTime(start, chain, since) }
        while start.extend(chain) {}
        return start
    }

    /// Puts the file before the first one in front. False when there is none.
    private mutating func extend(_ chain: LogChain) -> Bool {
        guard files.count < Self.maximumFiles, let first = files.first, let previous = chain.predecessor(of: first) else { return false }
        files.insert(previous, at: 0)
        offset = 0
        return true
    }

    private static func fromEnd(_ whole: LogStart, _ chain: LogChain, _ tail: Int) -> LogStart {
        var start = whole
        var (missing, end) = (tail, whole.end)
        while true {
            let found = lastLines(missing, of: start.files[0], upTo: end)
            start.offset = found.offset
            missing -= found.count
            if found.isEnough || !start.extend(chain) { return start }
            end = start.files[0].size
        }
    }

    /// Walks back over the newlines of a file until `count` whole lines lie behind.
    private static func lastLines(_ count: Int, of file: LogFile, upTo size: Int64) -> (offset: Int64, count: Int, isEnough: Bool) {
        var end = size
        var newlines = 0
        while end > 0 {
            let start = max(0, end - Int64(LogReader.blockSize))
            var block: [UInt8] = []
            _ = file.read(into: &block, count: Int(end - start), at: start)
            for index in block.indices.reversed() where block[index] == UInt8(ascii: "\n") {
                newlines += 1
                if newlines > count { return (start + Int64(index) + 1, count, true) }
            }
            end = start
        }
        return (0, newlines, false)
    }

    private static func fromTime(_ whole: LogStart, _ chain: LogChain, _ since: Int64) -> LogStart {
        let (limit, underflow) = since.subtractingReportingOverflow(sinceSlack)
        var start = whole
        while !underflow {
            // Unpacking is spared when nothing in a file can be young enough.
            if start.files.count > 1, start.files[0].isCompressed, start.files[0].modified < limit {
                start.files.removeFirst()
                break
            }
            if let time = firstTime(in: start.files[0], from: 0, to: Int64(LogReader.blockSize))?.time, time < limit {
                start.offset = lineBefore(limit, in: start.files[0])
                break
            }
            if !start.extend(chain) { break }
        }
        while underflow, start.extend(chain) {}
        return start
    }

    /// By bisection: the start of a line whose time is before `limit`, at most a block before the first that isn't.
    private static func lineBefore(_ limit: Int64, in file: LogFile) -> Int64 {
        var (low, high) = (Int64(0), file.size)
        while high - low > Int64(LogReader.blockSize) {
            let middle = low + (high - low) / 2
            if let line = firstTime(in: file, from: middle, to: high), line.time < limit { low = line.offset } else { high = middle }
        }
        return low
    }

    /// The first entry that begins after `start` (or at 0), looked for in one block.
    private static func firstTime(in file: LogFile, from start: Int64, to end: Int64) -> (time: Int64, offset: Int64)? {
        var block: [UInt8] = []
        _ = file.read(into: &block, count: Int(min(end - start, Int64(2 * LogReader.blockSize))), at: start)
        var lineStart = start == 0 ? 0 : block.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? block.count
        while lineStart < block.count, let newline = block[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
            if let entry = block[lineStart..<newline].withUnsafeBufferPointer({ LogLineDecoder.decode($0) }) {
                return (entry.timeNanoseconds, start + Int64(lineStart))
            }
            lineStart = newline + 1
        }
        return nil
    }
}
