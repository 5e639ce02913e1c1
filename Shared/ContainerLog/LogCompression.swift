// Puts compressed files in the place of a log's rotated ones, while the log is written, rotated and read.
import Glibc

/// Compression is a job that any process may run; only what begins and ends it needs to know where the files are.
/// To be used by the process that writes the log, one job at a time.
public struct LogCompression: Sendable {
    public struct Job: Sendable {
        /// To read from, and to write to. The one who made the job closes them, by finishing it.
        public let source: Int32
        public let target: Int32
        let identity: LogFile.Identity

        /// True when all is written.
        public static func run(_ source: Int32, _ target: Int32) -> Bool { Gzip.compress(source, to: target) }
    }

    private let chain: LogChain
    private let group: UInt32?
    private var temporary: String { "\(chain.path).gz.new" }

    /// - Parameter group: as the log's.
    public init(path: String, group: UInt32? = nil) {
        chain = LogChain(path: path)
        self.group = group
    }

    /// The oldest rotated file that isn't compressed and that nobody reads; nil when there is none, or no room for another.
    public func next() -> Job? {
        var names: [String] = []
        for (index, identity) in chain.files where index > 0 && LogFile.identity(path: chain.name(index)) == identity {
            names.append(chain.name(index))
        }
        for name in names.reversed() { if let job = job(name) { return job } }
        return nil
    }

    private func job(_ name: String) -> Job? {
        let source = open(name, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { return nil }
        var status = stat()
        guard fstat(source, &status) == 0, isUnread(source), let target = makeTarget(status) else {
            close(source)
            return nil
        }
        return Job(source: source, target: target, identity: LogFile.Identity(status))
    }

    /// The lock is given up at once: a reader that comes meanwhile is more important.
    private func isUnread(_ source: Int32) -> Bool {
        guard flock(source, LOCK_EX | LOCK_NB) == 0 else { return false }
        flock(source, LOCK_UN)
        return true
    }

    private func makeTarget(_ status: stat) -> Int32? {
        unlink(temporary)
        let target = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard target >= 0 else { return nil }
        if let group { _ = fchown(target, uid_t.max, group) }
        return target
    }

    /// The job has ended. The file may have moved meanwhile, or be gone; while somebody reads it, it stays as it is.
    public func finish(_ job: Job, isComplete: Bool) {
        defer {
            close(job.source)
            close(job.target)
            unlink(temporary)
        }
        guard isComplete, let index = chain.index(of: job.identity) else { return }
        keepTime(job)
        // In this order, one of the two is always there.
        guard rename(temporary, chain.compressedName(index)) == 0 else { return }
        let isUnread = flock(job.source, LOCK_EX | LOCK_NB) == 0
        unlink(isUnread ? chain.name(index) : chain.compressedName(index))
    }

    /// When a log was written last tells readers whether to look into it.
    private func keepTime(_ job: Job) {
        var status = stat()
        guard fstat(job.source, &status) == 0 else { return }
        futimens(job.target, [status.st_atim, status.st_mtim])
    }
}
