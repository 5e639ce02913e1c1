// An open file that closes itself.
import Glibc

/// Owns a file descriptor.
final class Descriptor: Sendable {
    private let number: Int32

    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Runs `body` with the number, which stays open at least until `body` has returned: an object may be gone right after its last use,
    /// and a number taken out of it would be another file's by then.
    func use<R, E: Error>(_ body: (Int32) throws(E) -> R) throws(E) -> R { try body(number) }

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
