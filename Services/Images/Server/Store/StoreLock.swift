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

    /// How long a process that is on its way out may take: a restart overlaps with it.
    private static let patience = Duration.seconds(3)

    /// Blocks for a moment while another process has the lock. Throws `StoreInUse` and `SystemError`.
    init(directory: String) throws {
        file = try Descriptor.directory(directory)
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let failure = file.use { flock($0, LOCK_EX | LOCK_NB) < 0 ? errno : 0 }
            if failure == 0 { return }
            guard failure == EWOULDBLOCK else { throw SystemError(call: "flock", path: directory, code: failure) }
            if ContinuousClock.now > deadline { throw StoreInUse(path: directory) }
            usleep(20_000)
        }
    }
}
