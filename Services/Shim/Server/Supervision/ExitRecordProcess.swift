// Writes an exit record by a process of its own, for a disk that may not answer.
import CLinux
import Contracts
import Glibc
import Linux

/// Waits so long and no longer: a hanging disk doesn't keep the end of the container a secret.
final class ExitRecordProcess {
    private static let patienceMilliseconds: Int64 = 3_000

    private let pid: Int32
    private let record: ExitRecord
    private let completion: (ExitRecord) -> Void
    private let loop: EventLoop
    private var timer: EventLoop.Timer?

    /// - Parameter completion: called once, later, with the record; its message tells when it isn't on disk.
    init(_ record: ExitRecord, path: String, group: UInt32?, loop: EventLoop, completion: @escaping (ExitRecord) -> Void) {
        self.record = record
        self.loop = loop
        self.completion = completion
        pid = clinux_fork()
        if pid == 0 {
            _ = clinux_close_from(3)
            _exit((try? ExitRecordFile.write(record, to: path, group: group)) != nil ? 0 : 1)
        }
        timer = loop.schedule(afterMilliseconds: pid > 0 ? Self.patienceMilliseconds : 0) { [unowned self] in
            // If it answers later, it mustn't put the record of this end in the place of a later run's. It is reaped as any child.
            if pid > 0 { kill(pid, SIGKILL) }
            finish("the disk doesn't answer")
        }
    }

    /// True when the process was this one.
    func ended(_ pid: Int32, _ exit: ExitStatus) -> Bool {
        guard pid == self.pid else { return false }
        if let timer { loop.cancel(timer) }
        if exit == ExitStatus(exitCode: 0) { completion(record) } else { finish("the disk refuses it") }
        return true
    }

    private func finish(_ reason: String) {
        var record = record
        record.message = "the exit record could not be written: \(reason)"
        ShimLog.note(record.message)
        completion(record)
    }
}
