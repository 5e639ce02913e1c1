// What a restore takes from the host, laid out for CRIU in a mount namespace that ends with it.
import CLinux
import Contracts
import Glibc
import Linux

struct RestoreStage {
    /// A directory that is mounted over; nothing of it shows on the host.
    let path: String

    var root: String { "\(path)/root" }
    var work: String { "\(path)/work" }

    private func bind(_ index: Int) -> String { "\(path)/bind-\(index)" }
    private func controlGroup(_ index: Int) -> String { "\(path)/cgroup-\(index)" }

    /// By the process that becomes CRIU.
    /// - Parameter readonly: of the root; older versions of CRIU leave it as they find it.
    func set(_ held: HeldMounts, root mount: DetachedMount, readonly: Bool) throws(Errno) {
        try Errno.check(clinux_mount("tmpfs", path, "tmpfs", 0, "mode=700"), "mount \(path)")
        for directory in [root, work] { try Directory.makeAll(directory, mode: 0o700) }
        if readonly { try mount.set(.readonly) }
        try mount.attach(at: root)
        for (index, mount) in held.binds.enumerated() { if let mount { try attach(mount, at: bind(index)) } }
        for (index, group) in held.cgroups.enumerated() { try attach(group.mount, at: controlGroup(index)) }
    }

    /// Onto a directory or a file, whichever it is.
    private func attach(_ mount: DetachedMount, at place: String) throws(Errno) {
        var file = clinux_file()
        try Errno.check(clinux_stat_descriptor(mount.descriptor, &file), "stat \(place)")
        if file.kind == Int32(CLINUX_KIND_DIRECTORY) {
            try Directory.makeAll(place, mode: 0o700)
        } else {
            let made = open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            close(try Errno.check(made >= 0 ? made : -errno, "make \(place)"))
        }
        try mount.attach(at: place)
    }

    /// Where a mount that was outside of the checkpoint is now; nil when the container doesn't have it any more.
    func place(of mount: ExternalMount, _ plan: MountPlan, _ groups: [CgroupView]) -> String? {
        var binds = 0
        for step in plan.steps {
            switch step {
            case .bind:
                if step.destination == mount.destination { return bind(binds) + mount.below }
                binds += 1
            case .cgroups where mount.destination == step.destination: return controlGroup(mount.below, groups)
            case .cgroups, .filesystem, .deviceNodes, .tmpfs: break
            }
        }
        return nil
    }

    private func controlGroup(_ below: String, _ groups: [CgroupView]) -> String? {
        let name = below.isEmpty ? nil : String(below.dropFirst())
        return groups.firstIndex { $0.names.first == name }.map(controlGroup)
    }
}
