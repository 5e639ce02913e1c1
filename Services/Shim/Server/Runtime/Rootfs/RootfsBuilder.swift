// Builds a container's tree of mounts and makes it the root. Runs in the new process, in its own mount namespace.
//
// Whatever comes from the host is held as detached mounts first. Then the root changes, and all the rest is done below the new root
// with plain paths: no link in an image or a volume can lead out of a tree that there is nothing outside of.
import CLinux
import Contracts
import Glibc
import Linux

struct RootfsBuilder {
    let spec: ContainerSpec
    let plan: MountPlan
    let nodes: [DeviceNode]
    /// Names below `/proc/sys` and their values.
    let sysctls: [(key: String, value: String)]

    func build(_ held: consuming HeldMounts, in empty: borrowing EmptyMountNamespace) throws(RuntimeFailure) {
        let root = try held.complete(spec.rootfs, plan)
        try empty.enterCopy()
        try assemble(root, held)
    }

    /// In a mount namespace that has nothing in it.
    /// - Parameter supplied: by destination, file systems that were made elsewhere.
    func assemble(_ root: DetachedMount, _ held: HeldMounts, _ supplied: [String: DetachedMount] = [:]) throws(RuntimeFailure) {
        try check(clinux_move_mount(root.descriptor, "/"), "error attaching rootfs")
        try enter(root)
        try fill(held, supplied)
        try seal()
    }

    func enter(_ root: DetachedMount) throws(RuntimeFailure) {
        try check(clinux_change_root(root.descriptor), "error jailing process inside rootfs: chroot")
    }

    /// Makes all mounts. The root is the container's already.
    func fill(_ held: HeldMounts, _ supplied: [String: DetachedMount] = [:]) throws(RuntimeFailure) {
        var binds = held.binds[...]
        for step in plan.steps {
            if case .filesystem(let mount) = step, let made = supplied[mount.destination] ?? held.replacement(for: mount) {
                try attach(made, mount)
            } else {
                try carryOut(step, &binds, held)
            }
        }
        // In a user namespace the helper has written them: some are the host's root's alone to write.
        if spec.idMap == nil { try writeSysctls() }
    }

    /// What nobody may write to or see from then on.
    func seal() throws(RuntimeFailure) {
        try PathGuards.mask(spec.maskedPaths)
        try PathGuards.protect(spec.readonlyPaths)
        if spec.rootfs.readonly {
            try check(clinux_mount_setattr_path("/", 0, MountAttributes.readonly.rawValue, 0), "error setting rootfs as readonly")
        }
    }

    private func carryOut(
        _ step: MountPlan.Step, _ binds: inout ArraySlice<DetachedMount?>, _ held: HeldMounts
    ) throws(RuntimeFailure) {
        do throws(Errno) {
            switch step {
            case .filesystem(let mount): try Self.mount(mount)
            case .deviceNodes: try makeDevices()
            case .cgroups(let readonly): try Self.attach(held.cgroups, readonly: readonly)
            case .tmpfs(let mount): try UserMounts.make(mount)
            case .bind(let bind): if let mount = binds.popFirst() ?? nil { try UserMounts.attach(mount, bind) }
            }
        } catch {
            throw .mount(step.source, step.destination, error.reason, errno: error.code)
        }
    }

    private static func mount(_ mount: FilesystemMount) throws(Errno) {
        let options = mount.options.isEmpty ? nil : mount.options
        var result = clinux_mount(mount.source, mount.destination, mount.type, mount.flags, options)
        if result == -ENOENT {
            try Directory.makeAll(mount.destination)
            result = clinux_mount(mount.source, mount.destination, mount.type, mount.flags, options)
        }
        try Errno.check(result, "mount \(mount.destination)")
    }

    private func attach(_ made: DetachedMount, _ mount: FilesystemMount) throws(RuntimeFailure) {
        do throws(Errno) {
            if access(mount.destination, F_OK) != 0 { try Directory.makeAll(mount.destination) }
            try made.attach(at: mount.destination)
        } catch {
            throw .mount(mount.source, mount.destination, error.reason, errno: error.code)
        }
    }

    /// In a user namespace the nodes are there already.
    private func makeDevices() throws(Errno) {
        let nodes = spec.idMap == nil ? DeviceNode.withStandard(nodes) : []
        for node in nodes { try node.make() }
        for (path, target) in DeviceNode.links { symlink(target, path) }
        if access("/proc/kcore", F_OK) == 0 { symlink("/proc/kcore", "/dev/core") }
        for directory in ["/dev/pts", "/dev/shm", "/dev/mqueue"] { mkdir(directory, 0o755) }
    }

    /// Version 2 is mounted in place; of version 1 each hierarchy has a directory on a tmpfs.
    private static func attach(_ views: [(view: CgroupView, mount: DetachedMount)], readonly: Bool) throws(Errno) {
        let top = "/sys/fs/cgroup"
        if let only = views.first, only.view.names.isEmpty { return try only.mount.attach(at: top) }
        let attributes: MountAttributes = [.noSetuid, .noExecute, .noDevices]
        try mount(FilesystemMount("tmpfs", at: top, attributes, "mode=755"))
        for (view, mount) in views {
            guard let name = view.names.first else { continue }
            mkdir("\(top)/\(name)", 0o755)
            for alias in view.names.dropFirst() { symlink(name, "\(top)/\(alias)") }
            try mount.attach(at: "\(top)/\(name)")
        }
        if readonly { try Errno.check(clinux_mount_setattr_path(top, 0, MountAttributes.readonly.rawValue, 0), "mount_setattr \(top)") }
    }

    func writeSysctls() throws(RuntimeFailure) {
        for (key, value) in sysctls {
            do throws(Errno) {
                try Sysctls.write(value, to: key, root: spec.idMap?.users.outside(of: 0))
            } catch {
                throw RuntimeFailure(step: "sysctl", errno: error.code, message: "write sysctl key \(key): \(error)")
            }
        }
    }

    func check(_ result: Int32, _ what: String) throws(RuntimeFailure) {
        guard result < 0 else { return }
        throw RuntimeFailure(step: "rootfs", errno: -result, message: "\(what): \(Errno.reason(of: -result))")
    }
}
