// A file descriptor with exactly one owner.
import Glibc

/// Closes its descriptor at the end of its life, unless it was taken out.
public struct OwnedDescriptor: ~Copyable {
    public let raw: Int32

    /// Takes over an open descriptor.
    public init(taking raw: Int32) { self.raw = raw }

    deinit { close(raw) }

    /// The descriptor, now the caller's to close.
    public consuming func take() -> Int32 {
        let raw = raw
        discard self
        return raw
    }
}
