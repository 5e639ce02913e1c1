// A log file held open for reading, known by its inode and not by its name.
import Glibc
import Synchronization

/// One open file. Reads are positional, so that several readers can share it.
///
/// As long as it is open it is locked, shared: the writer keeps it although there are enough files, and doesn't put a compressed one
/// in its place. A compressed file is read as what it was, unpacked to a file without a name when it is first read.
final class LogFile: Sendable {
    /// What makes a file the same one after it was renamed.
    struct Identity: Sendable, Equatable {
        var device: UInt64
        var inode: UInt64

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    let identity: Identity
    let isCompressed: Bool
    /// When it was written last, nanoseconds since 1970.
    let modified: Int64
    private let descriptor: Int32
    private let unpacked = Mutex<Int32?>(nil)

    /// nil when there is no such file, and when it is just going: another one is there in its place, then.
    init?(path: String, isCompressed: Bool = false) throws(LogFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw LogFailure(operation: "open", path: path, errno: errno)
        }
        var status = stat()
        let isGoing = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
        guard !isGoing, fstat(descriptor, &status) == 0, status.st_nlink > 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.isCompressed = isCompressed
        identity = Identity(status)
        modified = Int64(status.st_mtim.tv_sec) * LogTime.nanosecondsPerSecond + Int64(status.st_mtim.tv_nsec)
    }

    deinit {
        close(descriptor)
        unpacked.withLock { if let unpacked = $0 { close(unpacked) } }
    }

    static func identity(path: String) -> Identity? {
        var status = stat()
        return stat(path, &status) == 0 ? Identity(status) : nil
    }

    /// Bytes of the log that it holds.
    var size: Int64 {
        var status = stat()
        return fstat(contents, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Appends up to `count` bytes from `offset` to `buffer`; returns how many, 0 at the end or when the disk fails.
    func read(into buffer: inout [UInt8], count: Int, at offset: Int64) -> Int {
        let start = buffer.count
        let contents = contents
        buffer.append(contentsOf: repeatElement(0, count: count))
        let length = buffer.withUnsafeMutableBytes { bytes in
            var result = 0
            repeat {
                result = pread(contents, bytes.baseAddress.map { $0 + start }, count, off_t(offset))
            } while result < 0 && errno == EINTR
            return max(result, 0)
        }
        buffer.removeLast(count - length)
        return length
    }

    /// -1 when there is no room to unpack it, so that nothing is read.
    private var contents: Int32 {
        guard isCompressed else { return descriptor }
        return unpacked.withLock { unpacked in
            if let unpacked { return unpacked }
            let fresh = Gzip.unpack(descriptor)
            unpacked = fresh
            return fresh
        }
    }
}
