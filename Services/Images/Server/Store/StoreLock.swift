// Keeps a second process out of the store.
import Glibc

/// A store that another process serves.
struct StoreInUse: Error, Sendable, CustomStringConvertible {
    var path: String
    var description: String { "\(path) is served by another image service; stop that one first, or give this one another --root" }
}

/// Holds the store's directory by an advisory lock, which ends with the process however that ends.
final class StoreLock: Sendable {
    private let file: Descriptor

    /// Throws `StoreInUse` and `SystemError`.
    init(directory: String) throws {
        file = try Descriptor.directory(directory)
        if flock(file.number, LOCK_EX | LOCK_NB) < 0 {
            if errno == EWOULDBLOCK { throw StoreInUse(path: directory) }
            throw SystemError(call: "flock", path: directory, code: errno)
        }
    }
}
