// A container's tree that programs of the host complete before its process runs.
//
// It is built in a copy of the host's mount namespace, not of an empty one: hooks find their own files by the host's paths, and the
// container's where their bundle says. They belong to the container's namespaces otherwise, and what they mount in its tree stays there.
// The host's tree is let go of before the container's process is what it is to be.
import CLinux
import Contracts
import Glibc
import Linux

struct HookedRootfs {
    let rootfs: RootfsBuilder
    let hooks: [HookSpec]

    /// Runs in the new process.
    func build(_ held: consuming HeldMounts) throws(RuntimeFailure) {
        let root = try held.complete(rootfs.spec.rootfs, rootfs.plan)
        let bundle = HookBundle(rootfs.spec)
        let host = try stage(root, bundle)
        try rootfs.enter(root)
        try rootfs.fill(held)
        for (index, hook) in hooks.enumerated() {
            do throws(HookProcess.Failure) {
                try HookProcess(hook: hook, bundle: bundle, host: host.raw).run()
            } catch {
                throw RuntimeFailure(
                    step: "hook", errno: 0, message: "error running createContainer hook #\(index) (\(hook.path)): \(error.words)")
            }
        }
        try rootfs.seal()
        try leave(host.raw, root)
    }

    /// Puts the container's root where the hooks find it. Returns the host's.
    private func stage(_ root: DetachedMount, _ bundle: HookBundle) throws(RuntimeFailure) -> OwnedDescriptor {
        do throws(Errno) {
            try Namespaces.mount.unshare()
            try Errno.check(clinux_set_propagation("/", MountPropagation.private.rawValue), "make private")
            try bundle.make()
            try root.attach(at: bundle.root)
            return OwnedDescriptor(taking: try Errno.check(clinux_open_path("/"), "open /"))
        } catch {
            throw RuntimeFailure(step: "hook", errno: error.code, message: "error preparing a bundle for hooks: \(error)")
        }
    }

    /// The container's root becomes that of the mount namespace, and the host's tree is gone.
    private func leave(_ host: Int32, _ root: DetachedMount) throws(RuntimeFailure) {
        try rootfs.check(clinux_change_root(host), "error leaving rootfs: chroot")
        try rootfs.check(fchdir(root.descriptor) == 0 ? 0 : -errno, "error entering rootfs: chdir")
        try rootfs.check(clinux_pivot_here(), "error jailing process inside rootfs: pivot_root")
    }
}
