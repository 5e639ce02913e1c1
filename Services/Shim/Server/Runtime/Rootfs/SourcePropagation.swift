// Whether what is mounted on the host after the start can reach a container through a bind, or the other way, as was asked for.
import Glibc
import Linux

/// The mount that a path is on, as far as propagation goes.
struct SourcePropagation: Equatable {
    var mountPoint: String
    var isShared: Bool
    var isSlave: Bool

    /// Docker's rule: only from a shared mount can a bind be shared, and only from one that gets anything can it be a slave.
    static func check(_ bind: BindMount) throws(RuntimeFailure) {
        guard bind.propagation != .private, let real = realpath(bind.source, nil) else { return }
        defer { free(real) }
        let path = String(cString: real)
        let mounts: [MountInfo]
        do throws(Errno) { mounts = try MountInfo.list() } catch { return }
        guard let mount = find(path, mounts) else { return }
        let isEnough = mount.isShared || (bind.propagation == .slave && mount.isSlave)
        guard !isEnough else { return }
        let kind = bind.propagation == .slave ? "shared or slave" : "shared"
        throw RuntimeFailure(
            step: "mount", errno: 0, message: "path \(path) is mounted on \(mount.mountPoint) but it is not a \(kind) mount")
    }

    /// The last of the mounts at the longest place above the path.
    static func find(_ path: String, mountInfo: String) -> SourcePropagation? { find(path, MountInfo.parse(mountInfo)) }

    private static func find(_ path: String, _ mounts: [MountInfo]) -> SourcePropagation? {
        var found: SourcePropagation?
        for mount in mounts {
            let isAbove = path == mount.point || mount.point == "/" || path.hasPrefix(mount.point + "/")
            guard isAbove, mount.point.utf8.count >= found?.mountPoint.utf8.count ?? 0 else { continue }
            found = SourcePropagation(
                mountPoint: mount.point, isShared: mount.tags.contains { $0.hasPrefix("shared:") },
                isSlave: mount.tags.contains { $0.hasPrefix("master:") })
        }
        return found
    }
}
