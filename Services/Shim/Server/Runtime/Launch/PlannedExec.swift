// An exec whose user is known already, so that the new process has nothing left to find out.
import CLinux
import Contracts
import Glibc
import Linux

/// The short way to a process in the container. Where anything isn't as planned there is no process, and the long way says why.
///
/// The process shares the shim's memory until it executes. The kernel shows it to those in the container who have CAP_SYS_PTRACE, and to
/// nobody else: the container must have no such process.
struct PlannedExec {
    let setup: ProcessSetup
    let resolved: ResolvedUser
    /// Descriptors of the three ends, each 3 or higher.
    let stdio: [Int32]
    let place: ExecPlace

    /// nil for what takes the long way: a terminal, and ends that are in each other's place.
    init?(_ setup: ProcessSetup, _ resolved: ResolvedUser, in place: ExecPlace) {
        guard case .pipes(let input, let output, let error) = setup.stdio, min(input, output, error) > 2, setup.idMap == nil else {
            return nil
        }
        self.setup = setup
        self.resolved = resolved
        self.place = place
        stdio = [input, output, error]
    }

    /// nil when it didn't go to plan. Errors: the process was stopped from inside the container, or for another reason took too long.
    func run() throws(RuntimeFailure) -> StartedProcess? {
        let spec = setup.spec
        let environment = setup.environment(home: resolved.user.home)
        let arguments = StringVector(spec.arguments)
        let variables = StringVector(environment)
        let candidates = StringVector(CommandLookup.candidates(spec.arguments[0], environment: environment))
        let words = StringVector([spec.workingDirectory] + (spec.oomScoreAdjustment.map { [String($0)] } ?? []))
        var pidfd: Int32 = -1
        let pid = withExtendedLifetime((arguments, variables, candidates, words)) {
            var plan = plan()
            plan.directory = words.pointer[0].map { UnsafePointer($0) }
            plan.oom_score = words.pointer[1].map { UnsafePointer($0) }
            plan.arguments = UnsafePointer(arguments.pointer)
            plan.environment = UnsafePointer(variables.pointer)
            plan.candidates = UnsafePointer(candidates.pointer)
            return start(&plan, &pidfd)
        }
        if pid == -ETIMEDOUT { throw SetupPatience.exec.failure }
        return pid > 0 ? StartedProcess(pid: pid, pidfd: pidfd) : nil
    }

    private func plan() -> clinux_container_exec {
        var plan = clinux_container_exec()
        plan.cgroup = place.birthplace
        plan.parent = place.parent
        plan.patience = SetupPatience.exec.seconds
        plan.container = place.container
        plan.namespaces = ExecPlace.namespaces.flags
        plan.passwd = resolved.passwd.raw
        plan.group = resolved.group.raw
        plan.stdio = (stdio[0], stdio[1], stdio[2])
        (plan.uid, plan.gid) = (resolved.user.uid, resolved.user.gid)
        let credentials = setup.credentials(of: resolved.user)
        plan.bounding = setup.capabilities.bits
        plan.highest_capability = CapabilitySet.highest()
        (plan.sealing, plan.capabilities) = (credentials.sealing.bits, credentials.held.bits)
        plan.no_new_privileges = credentials.noNewPrivileges ? 1 : 0
        plan.ignored_signals = place.ignoredSignals
        return plan
    }

    /// Lends the plan its arrays.
    private func start(_ plan: inout clinux_container_exec, _ pidfd: inout Int32) -> Int32 {
        let limits = setup.spec.rlimits.compactMap { limit in
            limit.number.map { clinux_resource_limit(resource: $0, soft: limit.kernelValues.soft, hard: limit.kernelValues.hard) }
        }
        return place.entries.withUnsafeBufferPointer { entries in
            limits.withUnsafeBufferPointer { limits in
                resolved.user.groups.withUnsafeBufferPointer { groups in
                    (setup.filter?.instructions ?? []).withUnsafeBytes { filter in
                        (plan.cgroup_files, plan.cgroup_file_count) = (entries.baseAddress, entries.count)
                        (plan.limits, plan.limit_count) = (limits.baseAddress, limits.count)
                        (plan.groups, plan.group_count) = (groups.baseAddress, groups.count)
                        plan.filter = setup.filter == nil ? nil : filter.baseAddress
                        plan.filter_count = UInt16(clamping: setup.filter?.instructions.count ?? 0)
                        plan.filter_flags = setup.filter?.flags ?? 0
                        // The child's for as long as it is the shim's likeness: who may look at the one may look at the other.
                        _ = clinux_set_dumpable(0)
                        return clinux_execute_in_container(&plan, &pidfd)
                    }
                }
            }
        }
    }
}

/// Where an exec belongs.
struct ExecPlace {
    static let namespaces: Namespaces = [.mount, .network, .ipc, .uts, .cgroup]

    /// Of the cgroup that it is born in, or -1.
    let birthplace: Int32
    /// Files by which it joins the cgroup.
    let entries: [Int32]
    /// A pidfd of the container's first process.
    let container: Int32
    /// A pidfd of the shim.
    let parent: Int32
    let ignoredSignals: UInt64
}
