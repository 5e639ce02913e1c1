// A file descriptor with one owner.
import Glibc

/// Closes its descriptor when the last reference goes.
final class Descriptor: Sendable {
    let raw: Int32

    /// Takes ownership.
    init(_ raw: Int32) {
        self.raw = raw
    }

    deinit {
        close(raw)
    }
}
