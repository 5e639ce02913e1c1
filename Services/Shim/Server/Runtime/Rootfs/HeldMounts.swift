// What a container's tree takes from the host, held as detached mounts while the host's tree is in sight.
import CLinux
import Contracts
import Glibc
import Linux

struct HeldMounts {
    /// nil where only the new process can make it.
    private(set) var root: DetachedMount?
    /// One a bind of the plan, in order; nil where only the new process can get it.
    private(set) var binds: [DetachedMount?]
    let cgroups: [(view: CgroupView, mount: DetachedMount)]
    /// `/dev` with its nodes, in a user namespace; nil where it is made in place.
    private(set) var devices: DetachedMount?

    /// By the shim.
    init(_ rootfs: RootfsSpec, _ plan: MountPlan, _ views: [CgroupView], _ users: UserNamespace?) throws(RuntimeFailure) {
        root = try Self.root(rootfs, users)
        binds = []
        let maps = BindMaps(users)
        for bind in plan.binds { binds.append(Self.waits(bind) ? nil : try Self.hold(bind, maps)) }
        var cgroups: [(CgroupView, DetachedMount)] = []
        if let readonly = plan.showsCgroupsReadonly {
            for view in views { cgroups.append((view, try Self.hold(view, readonly: readonly))) }
        }
        self.cgroups = cgroups
    }

    private static func root(_ rootfs: RootfsSpec, _ users: UserNamespace?) throws(RuntimeFailure) -> DetachedMount? {
        guard users == nil || Overlay.takesMappedLayers else {
            throw RuntimeFailure(
                step: "rootfs", errno: 0, message: "user namespaces need Linux 6.15 or later: its overlayfs takes mapped layers")
        }
        do throws(Errno) {
            if let users { return try Overlay.make(rootfs, in: users) }
            return Overlay.takesLayersOneByOne ? try Overlay.make(rootfs) : nil
        } catch {
            throw badRootfs(error)
        }
    }

    mutating func holdDevices(_ plan: MountPlan, _ nodes: [DeviceNode], _ users: UserNamespace) throws(RuntimeFailure) {
        guard let mount = plan.deviceTree else { return }
        devices = try DeviceTree.make(mount, DeviceNode.withStandard(nodes), users)
    }

    /// By the new process, which may go where it likes: gets what the shim couldn't.
    mutating func complete(_ rootfs: RootfsSpec, _ plan: MountPlan) throws(RuntimeFailure) -> DetachedMount {
        for (index, bind) in plan.binds.enumerated() {
            if let namespace = bind.mountNamespace {
                binds[index] = try Self.hold(bind, from: namespace)
            } else if Self.waits(bind) {
                binds[index] = try Self.hold(image: bind, over: rootfs.work)
            }
        }
        if let root { return root }
        do throws(Errno) { return try Overlay.makeAtOnce(rootfs) } catch { throw Self.badRootfs(error) }
    }

    /// Only the new process can get it.
    private static func waits(_ bind: BindMount) -> Bool {
        bind.mountNamespace != nil || (!bind.layers.isEmpty && !Overlay.takesLayersOneByOne)
    }

    private static func hold(image bind: BindMount, over place: String) throws(RuntimeFailure) -> DetachedMount {
        do throws(Errno) {
            return try Overlay.makeAtOnce(readonly: bind.layers, over: place)
        } catch {
            throw .mount(bind.source, bind.destination, error.reason, errno: error.code)
        }
    }

    /// What takes the place of a file system of the plan.
    func replacement(for mount: FilesystemMount) -> DetachedMount? { mount.destination == "/dev" ? devices : nil }

    private static func badRootfs(_ error: Errno) -> RuntimeFailure {
        RuntimeFailure(step: "rootfs", errno: error.code, message: "error preparing rootfs: \(error)")
    }

    private static func hold(_ view: CgroupView, readonly: Bool) throws(RuntimeFailure) -> DetachedMount {
        let attributes: MountAttributes = [.noSetuid, .noExecute, .noDevices]
        do throws(Errno) {
            let mount = try DetachedMount.clone(view.hostPath, recursive: false)
            try mount.set(readonly ? attributes.union(.readonly) : attributes, propagation: .private)
            return mount
        } catch {
            throw .mount("cgroup", "/sys/fs/cgroup", "\(error)", errno: error.code)
        }
    }

    /// Another container's tree can be copied only from inside its namespace.
    private static func hold(_ bind: BindMount, from namespace: String) throws(RuntimeFailure) -> DetachedMount {
        do throws(Errno) {
            let own = OwnedDescriptor(taking: try Errno.check(clinux_open_file("/proc/self/ns/mnt", O_RDONLY, 0), "open /proc/self/ns/mnt"))
            try Namespaces.mount.enter(path: namespace)
            let mount = try DetachedMount.clone(bind.source, recursive: bind.recursive)
            try configure(mount, bind)
            try Namespaces.mount.enter(own.raw)
            return mount
        } catch {
            throw .mount(bind.source, bind.destination, error.reason, errno: error.code)
        }
    }

    private static func hold(_ bind: BindMount, _ maps: BindMaps) throws(RuntimeFailure) -> DetachedMount {
        try SourcePropagation.check(bind)
        // What is below a subpath of an image can be had only once it is in a tree.
        guard bind.layers.isEmpty else { return try maps.overlay(bind) }
        let mount = try clone(bind)
        try maps.apply(bind, to: mount)
        do throws(Errno) {
            try configure(mount, bind)
            return mount
        } catch {
            throw .mount(bind.source, bind.destination, error.reason, errno: error.code)
        }
    }

    private static func clone(_ bind: BindMount) throws(RuntimeFailure) -> DetachedMount {
        do throws(Errno) {
            return try bind.subpath.isEmpty ? DetachedMount.clone(bind.source, recursive: bind.recursive) : clonePart(of: bind)
        } catch {
            guard !bind.subpath.isEmpty else { throw .mount(bind.source, bind.destination, error.reason, errno: error.code) }
            let source = "\(bind.source)/\(bind.subpath)"
            throw .mount(source, bind.destination, "cannot access path \(source): \(error.reason)", errno: error.code)
        }
    }

    /// Walks as in a chroot, so that a link which a container put into the volume leads nowhere else.
    private static func clonePart(of bind: BindMount) throws(Errno) -> DetachedMount {
        let whole = OwnedDescriptor(taking: try Errno.check(clinux_open_path(bind.source), "open \(bind.source)"))
        let part = clinux_open_path_in_root(whole.raw, bind.subpath)
        let place = OwnedDescriptor(taking: try Errno.check(part, "cannot access path \(bind.source)/\(bind.subpath)"))
        return try .clone(of: place.raw, recursive: bind.recursive)
    }

    /// What is mounted below the source never becomes a way for the container's mounts to reach the host, unless the user wants the source
    /// shared: then all that is mounted into it reaches the host, and what is below it is shared if it is there. A mount that was once made
    /// a slave is no peer of the host's any more, so that nothing below may be made one first.
    private static func configure(_ mount: DetachedMount, _ bind: BindMount) throws(Errno) {
        let attributes: MountAttributes = bind.readonly ? bind.attributes.union(.readonly) : bind.attributes
        let below: MountPropagation? = bind.propagatesBelow ? bind.propagation : bind.propagation == .shared ? nil : .slave
        let same = below == bind.propagation && (bind.readonlyBelow || !bind.readonly)
        if bind.recursive { try mount.set(bind.readonlyBelow ? attributes : bind.attributes, propagation: below, recursive: true) }
        if !bind.recursive || !same { try mount.set(attributes, propagation: bind.propagation) }
    }
}
