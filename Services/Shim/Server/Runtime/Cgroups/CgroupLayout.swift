// Where a host mounts its control groups, and of which version they are.
import Linux

enum CgroupLayout: Equatable {
    case unified(root: String)
    /// The mount point of each controller's hierarchy; controllers mounted together share one.
    case legacy(mounts: [String: String])
    case missing

    /// Controllers that a container can be limited by; a hybrid host has them on version 1.
    private static let resources: Set<String> = ["memory", "cpu", "cpuacct", "pids", "freezer", "devices", "cpuset", "blkio"]

    static func detect() throws(Errno) -> CgroupLayout { of(try MountInfo.list()) }

    static func parse(mountInfo: String) -> CgroupLayout { of(MountInfo.parse(mountInfo)) }

    private static func of(_ mounts: [MountInfo]) -> CgroupLayout {
        var legacy: [String: String] = [:]
        var unified: String?
        for mount in mounts {
            switch mount.type {
            case "cgroup2" where unified == nil: unified = mount.point
            case "cgroup":
                for name in mount.options where resources.contains(name) { legacy[name] = legacy[name] ?? mount.point }
            default: break
            }
        }
        if !legacy.isEmpty { return .legacy(mounts: legacy) }
        return unified.map { .unified(root: $0) } ?? .missing
    }
}
