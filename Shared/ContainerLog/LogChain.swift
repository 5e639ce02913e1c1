// The files of one log: the current one and its rotated predecessors, `<path>.1` (or `<path>.1.gz`) the youngest.
import Glibc

/// Finds a file's neighbours while a writer may rotate at any moment.
///
/// Rotation renames from the oldest file to the youngest. So if a file still has its name after its neighbour was opened, nothing
/// between the two look-ups can have moved the neighbour; otherwise the look-up starts again.
struct LogChain: Sendable {
    /// Look-ups before giving up until the next call; a rotation that fast leaves nothing to read anyway.
    private static let attempts = 32

    let path: String

    func name(_ index: Int) -> String { index == 0 ? path : "\(path).\(index)" }

    func compressedName(_ index: Int) -> String { "\(name(index)).gz" }

    func openCurrent() throws(LogFailure) -> LogFile? { try open(0) }

    /// A file as it is now, compressed or not; nil when there is none.
    private func open(_ index: Int) throws(LogFailure) -> LogFile? {
        for _ in 0..<Self.attempts {
            if let plain = try LogFile(path: name(index)) { return plain }
            if let compressed = try LogFile(path: compressedName(index), isCompressed: true) { return compressed }
            guard identity(index) != nil else { return nil }
            sched_yield()
        }
        return nil
    }

    /// Of the file that is there now. While a file is being compressed the plain one counts.
    func identity(_ index: Int) -> LogFile.Identity? {
        LogFile.identity(path: name(index)) ?? LogFile.identity(path: compressedName(index))
    }

    /// The file that the log went on in; nil when `file` is the current one, or when the next isn't there yet.
    func successor(of file: LogFile) -> LogFile? {
        for _ in 0..<Self.attempts {
            guard let index = index(of: file) else { return oldest() }
            if index == 0 { return nil }
            guard let next = try? open(index - 1) else { return nil }
            if identity(index) == file.identity { return next }
        }
        return nil
    }

    /// The file that the log was in before.
    func predecessor(of file: LogFile) -> LogFile? {
        for _ in 0..<Self.attempts {
            guard let index = index(of: file) else { return nil }
            let previous = try? open(index + 1)
            guard identity(index) == file.identity else { continue }
            if let previous { return previous }
            if identity(index + 2) == nil { return nil }
        }
        return nil
    }

    /// The files that are there, youngest first.
    var files: some Sequence<(index: Int, identity: LogFile.Identity)> { FileSequence(chain: self) }

    /// Where a file is now. Files only move up, as the search does, so it can't slip past.
    private func index(of file: LogFile) -> Int? { index(of: file.identity) }

    func index(of wanted: LogFile.Identity) -> Int? {
        for (index, identity) in files where identity == wanted { return index }
        return nil
    }

    private func oldest() -> LogFile? {
        var last: Int?
        for (index, _) in files { last = index }
        return last.flatMap { try? open($0) }
    }
}

/// One gap is taken for a rotation under way, two for the end.
private struct FileSequence: Sequence, IteratorProtocol {
    let chain: LogChain
    private var index = 0

    init(chain: LogChain) { self.chain = chain }

    mutating func next() -> (index: Int, identity: LogFile.Identity)? {
        for _ in 0..<2 {
            defer { index += 1 }
            if let identity = chain.identity(index) { return (index, identity) }
        }
        return nil
    }
}
