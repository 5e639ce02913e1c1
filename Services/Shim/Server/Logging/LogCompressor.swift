// Compresses rotated log files in a process of low priority, one at a time.
import CLinux
import ContainerLog
import Glibc

final class LogCompressor {
    private static let priority: Int32 = 19

    private let compression: LogCompression
    private var running: (pid: Int32, job: LogCompression.Job)?

    /// - Parameter group: as the log's.
    init(path: String, group: UInt32?) { compression = LogCompression(path: path, group: group) }

    var isBusy: Bool { running != nil }

    /// Nothing happens when it is at work, or no process can be made: the next rotation tries again.
    func begin() {
        guard running == nil, let job = compression.next() else { return }
        let pid = clinux_fork()
        if pid == 0 { Self.work(job) }
        if pid > 0 { running = (pid, job) } else { compression.finish(job, isComplete: false) }
    }

    /// In the child, which holds nothing of its parent's.
    private static func work(_ job: LogCompression.Job) -> Never {
        _ = clinux_set_parent_death_signal(SIGKILL)
        // The two may be each other's place, so both move out of the way first.
        let (source, target) = (fcntl(job.source, F_DUPFD, 3), fcntl(job.target, F_DUPFD, 3))
        guard clinux_duplicate(source, 0) >= 0, clinux_duplicate(target, 1) >= 0 else { _exit(1) }
        _ = clinux_close_from(3)
        _ = nice(priority)
        clinux_set_process_name("log")
        _exit(LogCompression.Job.run(0, 1) ? 0 : 1)
    }

    /// True when the process was the one that compresses.
    func ended(_ pid: Int32, _ exit: ExitStatus) -> Bool {
        guard let (ours, job) = running, ours == pid else { return false }
        running = nil
        let isComplete = exit == ExitStatus(exitCode: 0)
        compression.finish(job, isComplete: isComplete)
        if isComplete { begin() }
        return true
    }
}
