// Forks the process that lays out a container's mounts and becomes CRIU.
import CLinux
import Contracts
import Glibc
import Linux

struct RestoreLaunch {
    let setup: ContainerSetup
    let held: HeldMounts
    let record: CheckpointRecord
    let paths: RestorePaths
    let criu: Criu
    let cgroup: any Cgroup

    /// Returns CRIU's pid. Errors: a mount of the checkpoint that the container doesn't have.
    func run() throws(RuntimeFailure) -> Int32 {
        let stage = RestoreStage(path: paths.stage)
        let views = held.cgroups.map(\.view)
        var places: [String] = []
        for mount in record.mounts {
            guard let place = stage.place(of: mount, setup.rootfs.plan, views) else {
                throw RuntimeFailure(
                    step: "restore", errno: 0, message: "the checkpoint has a mount at \(mount.point) that the container doesn't have")
            }
            places.append(place)
        }
        let birthplace = try cgroup.birthplace(beside: nil)
        return try CriuProcess.fork(log: paths.log, birthplace: birthplace) { () throws(Errno) in try become(stage, places) }
    }

    private func become(_ stage: RestoreStage, _ places: [String]) throws(Errno) -> Never {
        // Whether it was opened to be read or to be written isn't known. Of the host's own mounts, which stay.
        let null = try Errno.check(clinux_open_file("/dev/null", O_RDWR, 0), "open /dev/null")
        try Namespaces.mount.unshare()
        try Errno.check(clinux_set_propagation("/", MountPropagation.private.rawValue), "make private")
        var held = held
        try attempt { () throws(RuntimeFailure) in
            let root = try held.complete(setup.spec.rootfs, setup.rootfs.plan)
            do throws(Errno) { try stage.set(held, root: root, readonly: setup.spec.rootfs.readonly) } catch {
                throw RuntimeFailure(step: "stage", errno: error.code, message: "\(error)")
            }
        }
        let network = try openNetwork()
        try attempt { () throws(RuntimeFailure) in try cgroup.join() }
        if setup.spec.namespaces.cgroup == .own { try Namespaces.cgroup.unshare() }
        let inherited = inherited(network, null: null)
        let arguments = criu.restore(
            from: paths.images, root: stage.root, mounts: places, inherited: inherited, pidFile: paths.pidFile, work: stage.work)
        try CriuProcess.execute(arguments, keeping: inherited.map(\.descriptor))
    }

    /// The container's ends of new pipes in the place of the old ones, the null device, and the network.
    private func inherited(_ network: Int32?, null: Int32) -> [(descriptor: Int32, name: String)] {
        guard case .pipes(let stdin, let stdout, let stderr) = setup.process.stdio else { return [] }
        var all: [(descriptor: Int32, name: String)] = []
        for (descriptor, name) in [(stdin, record.stdin), (stdout, record.stdout), (stderr, record.stderr)] {
            if let name { all.append((descriptor, name)) }
        }
        for name in record.nulls { all.append((null, name)) }
        if let network { all.append((network, CheckpointRecord.networkName)) }
        return all
    }

    /// Kernel parameters of the network aren't in the checkpoint, because the network isn't.
    private func openNetwork() throws(Errno) -> Int32? {
        let mode = setup.spec.namespaces.network
        guard mode != .host else { return nil }
        let own = OwnedDescriptor(taking: try Errno.check(clinux_open_file("/proc/self/ns/net", O_RDONLY, 0), "open /proc/self/ns/net"))
        if case .path(let path) = mode {
            try Namespaces.network.enter(path: path)
        } else {
            try Namespaces.network.unshare()
            _ = clinux_loopback_up()
        }
        let network = try Errno.check(clinux_open_file("/proc/self/ns/net", O_RDONLY, 0), "open /proc/self/ns/net")
        for (key, value) in setup.rootfs.sysctls where SysctlName(key)?.namespace == .network {
            try Sysctls.write(value, to: key, root: nil)
        }
        try Namespaces.network.enter(own.raw)
        return network
    }

    private func attempt(_ step: () throws(RuntimeFailure) -> Void) throws(Errno) {
        do throws(RuntimeFailure) { try step() } catch { throw Errno(code: error.errno, call: error.message) }
    }
}
