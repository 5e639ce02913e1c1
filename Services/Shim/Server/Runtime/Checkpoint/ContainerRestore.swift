// A container that is being made from a checkpoint: the control group, the mounts and the network are this engine's, the rest is CRIU's.
import CLinux
import Contracts
import Glibc
import Linux

/// Where a restore's files are.
struct RestorePaths {
    /// CRIU's images.
    var images: String
    var log: String
    var pidFile: String
    /// A directory of the container's that can be mounted over.
    var stage: String
}

/// Begun by `begin`; CRIU runs until it is reaped, and `finish` or `abandon` follows.
struct ContainerRestore {
    /// CRIU's.
    let pid: Int32
    private let runtime: RestoredRuntime
    private let pidFile: String

    /// - Parameter stdio: as for a start: the container's ends of its pipes.
    static func begin(
        _ spec: ContainerSpec, stdio: ProcessStdio, _ record: CheckpointRecord, _ paths: RestorePaths, _ criu: Criu, on host: RuntimeHost
    ) throws(RuntimeFailure) -> ContainerRestore {
        let filter = try host.filter(spec.seccomp, capabilities: spec.process.capabilities, privileged: spec.privileged)
        let setup = try ContainerSetup(spec, filter: filter, stdio: stdio)
        let cgroup = try host.cgroup(parent: spec.cgroup.parent, id: spec.id)
        unlink(paths.pidFile)
        let held = try setup.prepareRestore(in: cgroup)
        do throws(RuntimeFailure) {
            let launch = RestoreLaunch(setup: setup, held: held, record: record, paths: paths, criu: criu, cgroup: cgroup)
            let pid = try launch.run()
            let runtime = RestoredRuntime(spec: spec, host: host, cgroup: cgroup, filter: filter, mayTrace: setup.process.mayTrace)
            return ContainerRestore(pid: pid, runtime: runtime, pidFile: paths.pidFile)
        } catch {
            cgroup.destroy()
            throw error
        }
    }

    /// CRIU has ended well: the container runs, in the limits that are its own.
    func finish() throws(RuntimeFailure) -> ContainerRuntime {
        defer { unlink(pidFile) }
        do throws(Errno) {
            guard let pid = Int32(try SmallFile.text(pidFile)), pid > 0 else { throw Errno(code: EINVAL, call: "read \(pidFile)") }
            // It may have ended and been reaped already; then there is nothing to hold it by.
            return try runtime.begin(StartedProcess(pid: pid, pidfd: max(-1, clinux_pidfd_open(pid))))
        } catch {
            throw RuntimeFailure(step: "restore", errno: error.code, message: "\(error)")
        }
    }

    /// Nothing of it stays.
    func abandon() {
        unlink(pidFile)
        runtime.cgroup.destroy()
    }
}

/// What becomes the container's runtime.
private struct RestoredRuntime {
    let spec: ContainerSpec
    let host: RuntimeHost
    let cgroup: any Cgroup
    let filter: SeccompFilter?
    let mayTrace: Bool

    func begin(_ process: StartedProcess) throws(Errno) -> ContainerRuntime {
        do throws(RuntimeFailure) { try cgroup.update(spec.cgroup) } catch { throw Errno(code: error.errno, call: error.message) }
        return ContainerRuntime(spec, process: process, host: host, cgroup: cgroup, filter: filter, mayTrace: mayTrace)
    }
}

extension CgroupSpec {
    /// CRIU works inside the control group, so that the memory it fills counts there; it needs more itself than a small container has.
    fileprivate var roomy: CgroupSpec {
        var spec = self
        (spec.memory, spec.memorySwap, spec.memoryReservation, spec.pidsLimit) = (nil, nil, nil, nil)
        return spec
    }
}

extension ContainerSetup {
    /// What the shim itself does for a restore; on failure nothing stays behind.
    fileprivate func prepareRestore(in cgroup: any Cgroup) throws(RuntimeFailure) -> HeldMounts {
        try makeSources()
        try cgroup.replace(spec.cgroup.roomy, devices: devices)
        do throws(RuntimeFailure) {
            return try HeldMounts(spec.rootfs, rootfs.plan, cgroup.views(ownRoot: spec.namespaces.cgroup == .own), nil)
        } catch {
            cgroup.destroy()
            throw error
        }
    }
}
