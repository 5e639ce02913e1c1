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
        let failure = file.use { flock($0, LOCK_EX | LOCK_NB) < 0 ? errno : 0 }
        if failure == EWOULDBLOCK { throw StoreInUse(path: directory) }
        if failure != 0 { throw SystemError(call: "flock", path: directory, code: failure) }
    }
}
