// A running container: its first process, its control group, and what can be done to both.
import CLinux
import Contracts
import Glibc
import Linux

/// Made by `start`. Knows no transport and no event loop. Calls return within milliseconds, except that a start takes as long as its mounts
/// and hooks do, an exec waits up to `SetupPatience.exec` for a process that is held up, and `removeCgroup` about two seconds for one that
/// doesn't die. For one thread only.
public final class ContainerRuntime {
    public let id: String
    /// The container's first process.
    public let process: StartedProcess
    private let host: RuntimeHost
    private let cgroup: any Cgroup
    private let filter: SeccompFilter?
    /// nil in the host's user namespace.
    private let idMap: IDMap?
    private var watch: MemoryWatch?
    private var isWatching = false
    private var lastKills = 0
    /// Users of earlier execs.
    private var users: [UserRequest: ResolvedUser] = [:]
    private static let keptUsers = 8
    /// How many execs took the short way.
    public private(set) var plannedExecs = 0
    /// Somebody who sees the container's processes may have CAP_SYS_PTRACE, and could write to the memory that a planned exec shares with
    /// the shim. In a user namespace the capability counts for nothing there. A container that joins this one's PID namespace later, and
    /// has the capability, isn't known here: whoever makes one gives it this container and its shim.
    private var isTraceable: Bool

    /// - Parameter mayTrace: the first process may have CAP_SYS_PTRACE.
    init(
        _ spec: ContainerSpec, process: StartedProcess, host: RuntimeHost, cgroup: any Cgroup, filter: SeccompFilter?, mayTrace: Bool
    ) {
        id = spec.id
        self.process = process
        self.host = host
        self.cgroup = cgroup
        self.filter = filter
        idMap = spec.idMap
        let isShared = if case .path = spec.namespaces.pid { true } else { false }
        isTraceable = isShared || mayTrace
    }

    /// Makes the control group, the namespaces and the mounts, and executes the container's process in them.
    /// Returns once it has been executed; whatever was made is undone on failure.
    public static func start(
        _ spec: ContainerSpec, stdio: ProcessStdio, on host: RuntimeHost = RuntimeHost()
    ) throws(RuntimeFailure) -> ContainerRuntime {
        let filter = try host.filter(spec.seccomp, capabilities: spec.process.capabilities, privileged: spec.privileged)
        let cgroup = try host.cgroup(parent: spec.cgroup.parent, id: spec.id)
        var limited = spec
        limited.process = spec.process.limited(by: host.standardLimits)
        let setup = try ContainerSetup(limited, filter: filter, stdio: stdio)
        let process = try setup.run(in: cgroup, on: host)
        return ContainerRuntime(
            spec, process: process, host: host, cgroup: cgroup, filter: filter, mayTrace: setup.process.mayTrace)
    }

    /// Runs another process in the container's namespaces and control group, under the container's own seccomp filter.
    /// `privileged` gives it every capability. Its working directory must exist.
    ///
    /// It is a child of the caller like the first process, and must be reaped at once when it ends: until then the end of a
    /// container whose PID namespace it is in doesn't complete.
    public func exec(
        _ process: ProcessSpec, privileged: Bool = false, stdio: ProcessStdio
    ) throws(RuntimeFailure) -> StartedProcess {
        let setup = try ProcessSetup(
            process.limited(by: host.standardLimits), filter: filter, allCapabilities: privileged, stdio: stdio, isFirst: false,
            idMap: idMap)
        if let idMap { UserNamespace.give(stdio, to: idMap) }
        let place = ExecPlace(
            birthplace: try cgroup.birthplace(beside: self.process.pid), entries: try cgroup.entries(), container: self.process.pidfd,
            parent: try host.ownProcess(), ignoredSignals: host.ignoredSignals)
        // Before the process is there, and for good: what it starts may outlive it.
        if setup.mayTrace { isTraceable = true }
        if !isTraceable, let resolved = users[process.userRequest], let started = try PlannedExec(setup, resolved, in: place)?.run() {
            plannedExecs += 1
            return started
        }
        return try launch(setup, in: place)
    }

    /// The long way: the new process finds out for itself what it needs. It is born among the container's processes with nothing of the
    /// host's but a copy of the shim's memory, and the shim's capabilities, which it gives up.
    private func launch(_ setup: ProcessSetup, in place: ExecPlace) throws(RuntimeFailure) -> StartedProcess {
        let request = setup.spec.userRequest
        let launcher = SiblingLauncher(birthplace: place.birthplace, patience: .exec)
        return try launcher.launch { [cgroup, idMap] (channel) throws(RuntimeFailure) in
            try setup.begin(channel)
            try cgroup.join()
            if idMap != nil { try setup.raiseLimits() }
            do throws(Errno) {
                try ExecPlace.namespaces.union(idMap == nil ? .pid : [.pid, .user]).enter(place.container)
                if idMap != nil { try Errno.check(clinux_become_root(), "become root") }
            } catch {
                throw RuntimeFailure(step: "namespace", errno: error.code, message: "unable to join the container: \(error)")
            }
            try setup.leaveHost(channel)
        } resolved: {
            if users.count >= Self.keptUsers { users = [:] }
            users[request] = $0
        } _: { (channel) throws(RuntimeFailure) in
            try setup.dieWithShim(channel)
            try setup.finish(channel)
        }
    }

    /// Every process of the container, in the host's numbering.
    public func processes() -> [Int32] { cgroup.processes() }

    /// The control group by which others may freeze it; nil where there is none.
    var freezer: String? { cgroup.freezer }

    /// Stops every process where it is. On failure they all run on.
    public func freeze() throws(RuntimeFailure) { try cgroup.freeze() }

    public func thaw() throws(RuntimeFailure) { try cgroup.thaw() }

    /// Sends a signal to every process of the container. SIGKILL reaches frozen ones too.
    public func signalAll(_ signal: Int32) {
        if signal == SIGKILL { return cgroup.kill() }
        for pid in cgroup.processes() { _ = kill(pid, signal) }
    }

    /// Becomes readable when the container may have run out of memory: ask `outOfMemoryKills` then, which also makes it
    /// unreadable again. The notice may come before the kernel has killed. Owned by the runtime, open until `removeCgroup`; nil
    /// when the kernel offers none.
    public var outOfMemoryDescriptor: Int32? {
        if !isWatching {
            watch = cgroup.watchMemory()
            isWatching = true
        }
        return watch?.descriptor
    }

    /// How many processes the kernel has killed for lack of memory so far. Still known after `removeCgroup`.
    public func outOfMemoryKills() -> Int {
        watch?.acknowledge()
        lastKills = cgroup.outOfMemoryKills() ?? lastKills
        return lastKills
    }

    /// Writes limits while the container runs.
    public func update(_ spec: CgroupSpec) throws(RuntimeFailure) { try cgroup.update(spec) }

    /// What the container has used so far.
    /// - Parameter time: nanoseconds since 1970.
    public func stats(at time: Int64, ownNetwork: Bool) -> StatsSample {
        var sample = StatsSample(time: time, cgroupVersion: 0)
        sample.memory.limit = HostCounters.memory()
        cgroup.readStats(into: &sample)
        sample.cpu.system = HostCounters.systemTime()
        sample.cpu.onlineCPUs = HostCounters.onlineCPUs()
        if ownNetwork { sample.networks = HostCounters.networks(of: process.pid) }
        return sample
    }

    /// The most memory that the container had, in bytes; nil where the kernel doesn't tell.
    public func memoryPeak() -> Int64? { cgroup.memoryPeak() }

    /// Kills what is left, removes the container's control groups, and closes the runtime's own descriptors (not those of `process`).
    /// Tries for about two seconds; a group that still has processes then is left.
    public func removeCgroup() {
        _ = outOfMemoryKills()
        watch = nil
        isWatching = true
        cgroup.destroy()
    }

    /// Kills everything in the control group that a shim left behind, and removes it. Does nothing when there is none.
    public static func cleanUp(id: String, cgroupParent: String, on host: RuntimeHost = RuntimeHost()) {
        host.leftCgroup(parent: cgroupParent, id: id)?.destroy()
    }
}
