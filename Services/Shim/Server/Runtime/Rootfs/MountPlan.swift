// What is mounted in a container, in order: Docker's defaults, then what the user asked for.
import Contracts
import Linux

/// Pure: made from the specification alone, carried out by `RootfsBuilder`.
struct MountPlan: Equatable {
    enum Step: Equatable {
        case filesystem(FilesystemMount)
        /// Fills `/dev`.
        case deviceNodes
        case cgroups(readonly: Bool)
        case bind(BindMount)
        case tmpfs(TmpfsMount)
    }
    var steps: [Step]

    /// The binds, which need their sources while the host's tree is still there.
    var binds: [BindMount] {
        steps.compactMap { if case .bind(let bind) = $0 { bind } else { nil } }
    }

    /// nil when the user mounts something else over the control groups.
    var showsCgroupsReadonly: Bool? {
        for step in steps { if case .cgroups(let readonly) = step { return readonly } }
        return nil
    }

    static func make(_ spec: ContainerSpec) throws(RuntimeFailure) -> MountPlan {
        var user: [Step] = []
        for mount in spec.mounts {
            guard mount.destination.hasPrefix("/"), normalized(mount.destination) != "/" else {
                throw .mount(mount.source, mount.destination, "invalid mount destination: must be an absolute path below \"/\"")
            }
            switch mount.kind {
            case .bind: user.append(.bind(try bind(mount, spec)))
            case .tmpfs: user.append(.tmpfs(try TmpfsMount(mount)))
            case .image: user.append(.bind(try BindMount(image: mount)))
            }
        }
        let taken = Set(spec.mounts.map { normalized($0.destination) })
        let bindsDevices = spec.mounts.contains { $0.kind != .tmpfs && normalized($0.destination) == "/dev" }
        let kept = defaults(spec).filter { step in
            if step == .deviceNodes { return !bindsDevices }
            let destination = step.destination
            return !taken.contains(destination) && !(taken.contains("/dev") && destination.hasPrefix("/dev/"))
        }
        return MountPlan(steps: withNodes(kept + user))
    }

    /// Fills `/dev` once it is mounted, be it the user's.
    private static func withNodes(_ steps: [Step]) -> [Step] {
        guard let nodes = steps.firstIndex(of: .deviceNodes),
            let tree = steps.lastIndex(where: { $0 != .deviceNodes && $0.destination == "/dev" }), tree > nodes
        else { return steps }
        var ordered = steps
        ordered.insert(.deviceNodes, at: tree + 1)
        ordered.remove(at: nodes)
        return ordered
    }

    /// Nothing that is mounted in a user namespace shows on the host, whatever was asked for.
    private static func bind(_ mount: MountSpec, _ spec: ContainerSpec) throws(RuntimeFailure) -> BindMount {
        var bind = try BindMount(mount)
        if spec.idMap != nil, bind.propagation == .shared { bind.propagation = .slave }
        return bind
    }

    /// What `/dev` is, where it isn't the user's.
    var deviceTree: FilesystemMount? {
        for step in steps { if case .filesystem(let mount) = step, mount.destination == "/dev" { return mount } }
        return nil
    }

    /// The group of terminals, where it has an ID.
    private static func terminals(_ map: IDMap?) -> String {
        let isMapped = map.map { $0.groups.outside(of: 5) != nil } ?? true
        return "newinstance,ptmxmode=0666,mode=0620" + (isMapped ? ",gid=5" : "")
    }

    private static func defaults(_ spec: ContainerSpec) -> [Step] {
        let closed: MountAttributes = [.noSetuid, .noExecute, .noDevices]
        let readonly: MountAttributes = spec.privileged ? [] : .readonly
        return [
            .filesystem(FilesystemMount("proc", at: "/proc", closed)),
            .filesystem(FilesystemMount("tmpfs", at: "/dev", [.noSetuid, .strictAccessTime], "mode=755,size=65536k")),
            .deviceNodes,
            .filesystem(
                FilesystemMount("devpts", at: "/dev/pts", [.noSetuid, .noExecute], terminals(spec.idMap))),
            .filesystem(FilesystemMount("sysfs", at: "/sys", closed.union(readonly))),
            .cgroups(readonly: !spec.privileged),
            .filesystem(FilesystemMount("mqueue", at: "/dev/mqueue", closed)),
        ] + sharedMemory(spec, closed)
    }

    /// Of the host's IPC namespace, or of another container's, `/dev/shm` is a part; one of its own has it with a size.
    private static func sharedMemory(_ spec: ContainerSpec, _ closed: MountAttributes) -> [Step] {
        switch spec.namespaces.ipc {
        case .own where spec.shmSize == 0: []
        case .own: [.filesystem(FilesystemMount("tmpfs", source: "shm", at: "/dev/shm", closed, "mode=1777,size=\(spec.shmSize)"))]
        case .host: [.bind(BindMount(source: "/dev/shm", at: "/dev/shm"))]
        case .path(let path):
            [.bind(BindMount(source: "/dev/shm", at: "/dev/shm", mountNamespace: mountNamespace(besideIPC: path)))]
        }
    }

    /// `/proc/<pid>/ns/ipc` tells where its process's mounts are; a pinned namespace doesn't.
    private static func mountNamespace(besideIPC path: String) -> String? {
        path.hasPrefix("/proc/") && path.hasSuffix("/ns/ipc") ? path.dropLast(3) + "mnt" : nil
    }

    /// Without double slashes, `.`, `..` and a slash at the end.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension MountPlan.Step {
    /// What a failure names.
    var source: String {
        switch self {
        case .filesystem(let mount): mount.type
        case .bind(let mount): mount.source
        case .cgroups: "cgroup"
        case .deviceNodes, .tmpfs: "tmpfs"
        }
    }

    var destination: String {
        switch self {
        case .filesystem(let mount): mount.destination
        case .deviceNodes: "/dev"
        case .cgroups: "/sys/fs/cgroup"
        case .bind(let mount): MountPlan.normalized(mount.destination)
        case .tmpfs(let mount): MountPlan.normalized(mount.destination)
        }
    }
}

extension RuntimeFailure {
    static func mount(_ source: String, _ destination: String, _ reason: String, errno: Int32 = 0) -> RuntimeFailure {
        RuntimeFailure(step: "mount", errno: errno, message: "error mounting \"\(source)\" to rootfs at \"\(destination)\": \(reason)")
    }
}
