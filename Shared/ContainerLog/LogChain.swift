// The files of one log: the current one and its rotated predecessors, `<path>.1` the youngest.

/// Finds a file's neighbours while a writer may rotate at any moment.
///
/// Rotation renames from the oldest file to the youngest. So if a file still has its name after its neighbour was opened, nothing
/// between the two look-ups can have moved the neighbour; otherwise the look-up starts again.
struct LogChain: Sendable {
    /// Look-ups before giving up until the next call; a rotation that fast leaves nothing to read anyway.
    private static let attempts = 32

    let path: String

    func name(_ index: Int) -> String { Self.name(path, index) }

    static func name(_ path: String, _ index: Int) -> String { index == 0 ? path : "\(path).\(index)" }

    func openCurrent() throws(LogFailure) -> LogFile? { try LogFile(path: path) }

    /// The file that the log went on in; nil when `file` is the current one, or when the next isn't there yet.
    func successor(of file: LogFile) -> LogFile? {
        for _ in 0..<Self.attempts {
            guard let index = index(of: file) else { return oldest() }
            if index == 0 { return nil }
            guard let next = try? LogFile(path: name(index - 1)) else { return nil }
            if LogFile.identity(path: name(index)) == file.identity { return next }
        }
        return nil
    }

    /// The file that the log was in before.
    func predecessor(of file: LogFile) -> LogFile? {
        for _ in 0..<Self.attempts {
            guard let index = index(of: file) else { return nil }
            let previous = try? LogFile(path: name(index + 1))
            guard LogFile.identity(path: name(index)) == file.identity else { continue }
            if let previous { return previous }
            if LogFile.identity(path: name(index + 2)) == nil { return nil }
        }
        return nil
    }

    /// Where a file is now. Files only move up, as the search does, so it can't slip past.
    private func index(of file: LogFile) -> Int? {
        for (index, identity) in FileSequence(path: path) where identity == file.identity { return index }
        return nil
    }

    private func oldest() -> LogFile? {
        var last: Int?
        for (index, _) in FileSequence(path: path) { last = index }
        return last.flatMap { try? LogFile(path: name($0)) }
    }
}

/// The files that are there, youngest first. One gap is taken for a rotation under way, two for the end.
private struct FileSequence: Sequence, IteratorProtocol {
    let path: String
    private var index = 0

    init(path: String) { self.path = path }

    mutating func next() -> (index: Int, identity: LogFile.Identity)? {
        for _ in 0..<2 {
            defer { index += 1 }
            if let identity = LogFile.identity(path: LogChain.name(path, index)) { return (index, identity) }
        }
        return nil
    }
}
