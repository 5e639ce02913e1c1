// The namespaces of other containers that a container is in, told from what comes to be at their paths later.
import CLinux
import Contracts

/// A path such as `/proc/<pid>/ns/ipc` names another namespace, perhaps the host's, once its process has ended and the number is taken
/// again.
struct SharedNamespaces: Equatable {
    private struct Place: Equatable {
        var path: String
        var device: UInt64
        var inode: UInt64
    }
    private var places: [Place]

    /// As they are at this moment.
    init(_ spec: NamespaceSpec) {
        places = [spec.network, spec.pid, spec.ipc, spec.uts, spec.cgroup].compactMap {
            guard case .path(let path) = $0 else { return nil }
            return Self.look(path)
        }
    }

    /// Each is still there, and the same.
    var areThere: Bool { places.allSatisfy { $0.inode != 0 && Self.look($0.path) == $0 } }

    private static func look(_ path: String) -> Place {
        var mark = clinux_file_mark()
        // One that isn't there has neither device nor inode.
        _ = clinux_mark_file(path, &mark)
        return Place(path: path, device: mark.device, inode: mark.inode)
    }
}

extension NamespaceSpec {
    /// With the paths of `other`, where both have one.
    func following(_ other: NamespaceSpec) -> NamespaceSpec {
        func mode(_ own: Mode, _ new: Mode) -> Mode { if case (.path, .path) = (own, new) { new } else { own } }
        return NamespaceSpec(
            network: mode(network, other.network), pid: mode(pid, other.pid), ipc: mode(ipc, other.ipc), uts: mode(uts, other.uts),
            cgroup: mode(cgroup, other.cgroup))
    }
}
