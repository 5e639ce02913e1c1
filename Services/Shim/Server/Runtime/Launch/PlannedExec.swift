// An exec whose user is known already, so that the new process has nothing left to find out.
import CLinux
import Contracts
import Glibc
import Linux

/// The short way to a process in the container. Where anything isn't as planned there is no process, and the long way says why.
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

    /// In the PID namespace that the caller's children are born in.
    func run() -> StartedProcess? {
        let spec = setup.spec
        let environment = setup.environment(home: resolved.user.home)
        let arguments = StringVector(spec.arguments)
        let variables = StringVector(environment)
        let candidates = StringVector(CommandLookup.candidates(spec.arguments[0], environment: environment))
        let words = StringVector([spec.workingDirectory] + (spec.oomScoreAdjustment.map { [String($0)] } ?? []))
        return withExtendedLifetime((arguments, variables, candidates, words)) {
            var plan = plan()
            plan.directory = words.pointer[0].map { UnsafePointer($0) }
            plan.oom_score = words.pointer[1].map { UnsafePointer($0) }
            plan.arguments = UnsafePointer(arguments.pointer)
            plan.environment = UnsafePointer(variables.pointer)
            plan.candidates = UnsafePointer(candidates.pointer)
            return start(&plan)
        }
    }

    private func plan() -> clinux_container_exec {
        var plan = clinux_container_exec()
        plan.cgroup = place.birthplace
        plan.parent = place.parent
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
    private func start(_ plan: inout clinux_container_exec) -> StartedProcess? {
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
                        return Self.execute(&plan)
                    }
                }
            }
        }
    }

    private static func execute(_ plan: inout clinux_container_exec) -> StartedProcess? {
        // From its birth in the container's PID namespace on, nobody there may look at the shim's memory.
        _ = clinux_set_dumpable(0)
        var pidfd: Int32 = -1
        let pid = clinux_execute_in_container(&plan, &pidfd)
        return pid > 0 ? StartedProcess(pid: pid, pidfd: pidfd) : nil
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

/// Strings as C has them, with a null pointer at the end and one more.
final class StringVector {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: count + 2)
        for (index, string) in strings.enumerated() { (pointer + index).initialize(to: strdup(string)) }
        (pointer + count).initialize(repeating: nil, count: 2)
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }
}
