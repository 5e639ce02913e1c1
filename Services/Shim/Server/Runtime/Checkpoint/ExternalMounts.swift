// Which of a container's mounts show what isn't its own: CRIU leaves them out, and gets them again at a restore.
import CLinux
import Glibc
import Linux

/// A mount of the container's tree that comes from the host.
struct ExternalMount: Codable, Equatable {
    /// Where it is in the container.
    var point: String
    /// What of the mount plan it belongs to, by the place that was asked for; a link in the image may have led elsewhere.
    var destination: String
    /// Below that, for what is mounted below a bind's source; empty for the bind itself.
    var below: String
}

enum ExternalMounts {
    private static let controlGroups: Set<String> = ["cgroup", "cgroup2"]

    /// - Parameter place: where a destination of the plan is in the container, if it isn't there itself.
    static func find(in table: MountTable, _ plan: MountPlan, place: (String) -> String) -> [ExternalMount] {
        let steps = plan.steps.map { (step: $0, place: place($0.destination)) }
        return table.entries.compactMap { entry in
            let owners = steps.filter { entry.point == $0.place || entry.point.hasPrefix($0.place + "/") }
            guard let owner = owners.max(by: { $0.place.utf8.count < $1.place.utf8.count }) else { return nil }
            switch owner.step {
            case .bind: break
            case .cgroups: guard controlGroups.contains(entry.type) else { return nil }
            case .filesystem, .deviceNodes, .tmpfs: return nil
            }
            return ExternalMount(
                point: entry.point, destination: owner.step.destination, below: String(entry.point.dropFirst(owner.place.utf8.count)))
        }
    }

    /// Where the mount that was asked for at `destination` is in the tree of a process.
    static func place(of destination: String, root: Int32, _ table: MountTable) -> String {
        let found = clinux_open_path_in_root(root, destination)
        guard found >= 0 else { return destination }
        let file = OwnedDescriptor(taking: found)
        let id = OpenFile.mount(of: "/proc/self/fdinfo/\(file.raw)")
        return table.entries.last { $0.id == id }?.point ?? destination
    }
}
