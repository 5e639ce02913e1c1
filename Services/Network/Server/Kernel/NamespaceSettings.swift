// Kernel settings of a container's namespace, at a cost that doesn't grow with the number of namespaces.
import CLinux
import Glibc

/// A procfs of its own, for the settings of one namespace, that no one else sees.
///
/// At `/proc` the kernel keeps what it finds below `sys/net` for every namespace under the same name, one after another, and looks through
/// all of them whenever it looks for one: with a thousand containers that takes longer than all else that is done for an interface. A new
/// procfs costs microseconds.
struct NamespaceSettings {
    /// nil on kernels that can't: settings are found at `/proc` all the same.
    private let root: Descriptor?

    init() {
        root = Self.mount()
    }

    private static func mount() -> Descriptor? {
        let context = clinux_fsopen("proc")
        guard context >= 0 else { return nil }
        defer { close(context) }
        guard clinux_fsconfig_create(context) == 0 else { return nil }
        let mount = clinux_fsmount(context, 0)
        return mount < 0 ? nil : Descriptor(mount)
    }

    private var proc: String { root.map { "/proc/self/fd/\($0.raw)" } ?? "/proc" }

    /// As `Sysctl`, for the calling thread's namespace.
    func read(_ key: String) throws -> String? { try Sysctl.read(key, proc: proc) }

    /// As `Sysctl`.
    func write(_ key: String, _ value: String) throws { try Sysctl.write(key, value, proc: proc) }
}
