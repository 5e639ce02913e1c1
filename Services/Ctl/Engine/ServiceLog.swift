// The log files of an engine that runs in the background.
import Glibc
import ServiceKit

enum ServiceLog {
    /// Of the supervisor itself.
    static let supervisor = "berthctl"
    /// Bytes after which a log is set aside as `<name>.log.1`: they may lie in memory.
    static let rotationSize: off_t = 16 << 20
    static let rotationInterval = Duration.seconds(60)

    /// A descriptor that appends to `<directory>/<name>.log`; the caller closes it.
    static func open(directory: String, name: String) throws -> Int32 {
        if mkdir(directory, 0o750) != 0, errno != EEXIST { throw SystemCallError("mkdir", directory) }
        let path = "\(directory)/\(name).log"
        var status = stat()
        if stat(path, &status) == 0, status.st_size > rotationSize { rename(path, "\(path).1") }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
        return descriptor
    }

    /// Empties a log that has grown, once its last part is kept. Its service goes on writing, at the end wherever that is. What can't be
    /// kept is lost: a full disk isn't made fuller. Throws `SystemCallError`.
    static func rotate(_ path: String) throws {
        let log = Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard log >= 0 else { return }
        defer { close(log) }
        var status = stat()
        guard fstat(log, &status) == 0, status.st_size > rotationSize else { return }
        let unfinished = "\(path).1.new"
        let isKept = copy(log, from: status.st_size - rotationSize, to: unfinished) && rename(unfinished, "\(path).1") == 0
        if !isKept { unlink(unfinished) }
        guard ftruncate(log, 0) == 0 else { throw SystemCallError("truncate", path) }
    }

    private static func copy(_ log: Int32, from start: off_t, to path: String) -> Bool {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var offset = start
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(log, &buffer, buffer.count, offset)
            guard count > 0 else { return count == 0 }
            guard write(descriptor, buffer, count) == count else { return false }
            offset += off_t(count)
        }
    }
}
