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
    static func write(_ value: String, to key: String, root: UInt32?) throws(Errno) {
        do throws(Errno) {
            try SmallFile.write(value, to: path(key))
        } catch {
            guard let root, error.code == EACCES || error.code == EPERM else { throw error }
            try Errno.check(clinux_set_effective_user(root), "setresuid")
            defer { _ = clinux_set_effective_user(0) }
            try SmallFile.write(value, to: path(key))
        }
    }

    /// `net.ipv4.ip_forward` and `net/ipv4/conf/eth0.1/arp_filter` are both understood.
    static func path(_ key: String) -> String {
        let slash = key.firstIndex(of: "/") ?? key.endIndex
        let dot = key.firstIndex(of: ".") ?? key.endIndex
        let separator: Character = slash < dot ? "/" : "."
        let parts = key.split(separator: separator).filter { $0 != ".." }
        // In a key with dots between its parts, a slash stands for a dot inside one.
        let names = parts.map { part in separator == "/" ? String(part) : String(part.map { $0 == "/" ? "." : $0 }) }
        return (["/proc/sys"] + names).joined(separator: "/")
    }
}
