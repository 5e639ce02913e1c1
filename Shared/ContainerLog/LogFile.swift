// A log file held open for reading, known by its inode and not by its name.
import Glibc

/// One open file. Reads are positional, so that several readers can share it.
final class LogFile: Sendable {
    /// What makes a file the same one after it was renamed.
    struct Identity: Sendable, Equatable {
        var device: UInt64
        var inode: UInt64
    }

    let identity: Identity
    private let descriptor: Int32

    /// nil when there is no such file.
    init?(path: String) throws(LogFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw LogFailure(operation: "open", path: path, errno: errno)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let failure = LogFailure(operation: "fstat", path: path, errno: errno)
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    deinit { close(descriptor) }

    static func identity(path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    var size: Int64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Appends up to `count` bytes from `offset` to `buffer`; returns how many, 0 at the end or when the disk fails.
    func read(into buffer: inout [UInt8], count: Int, at offset: Int64) -> Int {
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: count))
        let length = buffer.withUnsafeMutableBytes { bytes in
            var result = 0
            repeat {
                result = pread(descriptor, bytes.baseAddress.map { $0 + start }, count, off_t(offset))
            } while result < 0 && errno == EINTR
            return max(result, 0)
        }
        buffer.removeLast(count - length)
        return length
    }
}
