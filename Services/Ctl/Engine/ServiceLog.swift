// The log files of an engine that runs in the background.
import Glibc
import ServiceKit

enum ServiceLog {
    /// Bytes after which a log is set aside as `<name>.log.1` when its service is started next.
    static let rotationSize: off_t = 16 << 20

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
}
