// An open file that closes itself.
import Glibc

/// Owns a file descriptor.
final class Descriptor: Sendable {
    let number: Int32

    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a directory by an absolute path. Throws `SystemError`.
    static func directory(_ path: String) throws(SystemError) -> Descriptor {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if number < 0 { throw SystemError(call: "open", path: path, code: errno) }
        return Descriptor(owning: number)
    }

    /// Makes what was renamed, made or removed in the directory durable, or the file's bytes. Throws `SystemError`.
    func synchronize(_ path: String) throws(SystemError) {
        if fsync(number) < 0 { throw SystemError(call: "fsync", path: path, code: errno) }
    }
}
