// Where a host mounts its control groups, and of which version they are.
import Linux

enum CgroupLayout: Equatable {
    case unified(root: String)
    /// The mount point of each controller's hierarchy; controllers mounted together share one.
    case legacy(mounts: [String: String])
    case missing

    /// Controllers that a container can be limited by; a hybrid host has them on version 1.
    private static let resources: Set<String> = ["memory", "cpu", "cpuacct", "pids", "freezer", "devices", "cpuset", "blkio"]

    static func detect() throws(Errno) -> CgroupLayout {
        parse(mountInfo: try SmallFile.text("/proc/self/mountinfo", limit: 16 << 20))
    }

    /// `id parent major:minor root mount-point options [tags…] - type source super-options`
    static func parse(mountInfo: String) -> CgroupLayout {
        var legacy: [String: String] = [:]
        var unified: String?
        for line in mountInfo.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, dash > 4 else { continue }
            switch fields[dash + 1] {
            case "cgroup2" where unified == nil: unified = fields[4]
            case "cgroup":
                for name in fields[dash + 3].split(separator: ",").map(String.init) where resources.contains(name) {
                    legacy[name] = legacy[name] ?? fields[4]
                }
            default: break
            }
        }
        if !legacy.isEmpty { return .legacy(mounts: legacy) }
        return unified.map { .unified(root: $0) } ?? .missing
    }
}
