// The network namespace whose containers the service looks after: the host's.
import CLinux

/// A network namespace to work in and to come back to.
final class HomeNamespace: Sendable {
    let descriptor: Descriptor

    /// The calling thread's namespace. Throws `KernelError`.
    init() throws {
        descriptor = Descriptor(try KernelError.check(berth_netns_open_own(), "open the network namespace"))
    }

    /// The namespace pinned at `path`. Throws `KernelError`.
    init(path: String) throws {
        descriptor = Descriptor(try KernelError.check(berth_netns_open(path), "open \(path)"))
    }
}
