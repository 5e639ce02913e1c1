// Kernel parameters of a container's namespaces.
import CLinux
import Contracts
import Glibc
import Linux

enum Sysctls {
    /// What Docker sets in a network namespace that is the container's own: any port and ping for everybody.
    private static let networkDefaults = [
        ("net.ipv4.ip_unprivileged_port_start", "0"), ("net.ipv4.ping_group_range", "0 2147483647"),
    ]

    /// The user's, after the defaults that the user didn't set.
    static func all(_ spec: ContainerSpec) -> [(key: String, value: String)] {
        let defaults = hasOwnNetwork(spec.namespaces.network) ? networkDefaults.filter { spec.sysctls[$0.0] == nil } : []
        return defaults.map { (key: $0.0, value: $0.1) } + spec.sysctls.sorted { $0.key < $1.key }
    }

    /// A namespace reached through a process is that process's, and set up by it; a pinned one was made for this container.
    private static func hasOwnNetwork(_ mode: NamespaceSpec.Mode) -> Bool {
        switch mode {
        case .own: true
        case .host: false
        case .path(let path): !path.hasPrefix("/proc/")
        }
    }

    /// - Parameter root: who is root of the user namespace that the other namespaces belong to; nil on the host. Newer kernels let only
    ///   that one write some parameters, older ones only the host's.
    /// Errors: EPERM for a parameter of the whole machine.
    static func write(_ value: String, to key: String, root: UInt32?) throws(Errno) {
        guard let name = SysctlName(key), name.namespace != nil else { throw Errno(code: EPERM, call: "sysctl \(key)") }
        do throws(Errno) {
            try SmallFile.write(value, to: name.path)
        } catch {
            guard let root, error.code == EACCES || error.code == EPERM else { throw error }
            try Errno.check(clinux_set_effective_user(root), "setresuid")
            defer { _ = clinux_set_effective_user(0) }
            try SmallFile.write(value, to: name.path)
        }
    }
}
