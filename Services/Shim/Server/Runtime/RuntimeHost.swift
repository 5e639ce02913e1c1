// What is the same for every container of a host, found out once: the cgroup layout, the kernel, compiled seccomp filters.
import CLinux
import Contracts
import Glibc
import Linux

/// The host as the runtime sees it. A parent that makes one before it forks shares it with its children for nothing.
/// For one thread only.
public final class RuntimeHost {
    private let cgroups: CgroupLayout
    private let kernel: KernelRelease
    private var defaultFilters: [Set<String>: SeccompFilter] = [:]
    private var emptyMounts: EmptyMountNamespace?
    /// A pidfd of the process `pid`.
    private var own: (pid: Int32, descriptor: Int32)?
    /// What a process would go on ignoring through execve(2); one bit each, the lowest for signal 1.
    let ignoredSignals = clinux_ignored_signals()
    /// Of processes that ask for no others.
    let standardLimits: [ResourceLimit]

    /// `standardLimits` are those that the caller had before it raised its own.
    public init(standardLimits: [ResourceLimit] = []) {
        self.standardLimits = standardLimits
        kernel = KernelRelease.running()
        do throws(Errno) { cgroups = try CgroupLayout.detect() } catch { cgroups = .missing }
    }

    deinit { if let own { close(own.descriptor) } }

    /// Does what any start would have to do first: compiles the seccomp filter of Docker's default capabilities, and makes the mount
    /// namespace that containers' are copied from. What fails here fails again, and is told, at a start.
    public func warmUp() {
        _ = defaultFilter(Set(CapabilitySet.dockerNames))
        Self.rehearse()
        do throws(RuntimeFailure) { try prepareMounts() } catch {}
    }

    /// What every new process does with the files of its container. The runtime builds generic types on first use, which else each of
    /// these short-lived copies would do for itself.
    private static func rehearse() {
        let accounts = AccountFiles(passwd: Array("root:x:0:0:root:/root:/bin/sh\n".utf8), group: Array("root:x:0:root\n".utf8))
        do throws(ProcessUser.Failure) { _ = try ProcessUser.resolve("root:root", additionalGroups: ["root"], in: accounts) } catch {}
        _ = SetupMessage(SetupMessage.failed(RuntimeFailure(step: "a", errno: 0, message: "a")).bytes)
        _ = StringVector(CommandLookup.candidates("a", environment: ["PATH=/a:/b"]))
    }

    /// Makes the mount namespace that containers' are copied from, if it isn't there yet.
    func prepareMounts() throws(RuntimeFailure) {
        if emptyMounts == nil { emptyMounts = try EmptyMountNamespace() }
    }

    func withEmptyMounts(_ body: (borrowing EmptyMountNamespace) throws(RuntimeFailure) -> Void) throws(RuntimeFailure) {
        switch emptyMounts {
        case .some(let empty): try body(empty)
        case .none: throw RuntimeFailure(step: "namespace", errno: 0, message: "no mount namespace to copy")
        }
    }

    /// nil for no filter. A privileged container has one only if its profile is given.
    func filter(_ spec: SeccompSpec, capabilities: [String], privileged: Bool) throws(RuntimeFailure) -> SeccompFilter? {
        switch spec {
        case .unconfined: return nil
        case .builtin: return privileged ? nil : defaultFilter(Set(capabilities))
        case .profile(let text):
            do throws(SeccompProfile.DecodingFailure) {
                return try SeccompProfile.decode(text).map { compile($0, Set(capabilities)) }
            } catch {
                throw RuntimeFailure(step: "seccomp", errno: 0, message: error.message)
            }
        }
    }

    private func defaultFilter(_ capabilities: Set<String>) -> SeccompFilter {
        if let filter = defaultFilters[capabilities] { return filter }
        let filter = compile(.docker, capabilities)
        defaultFilters[capabilities] = filter
        return filter
    }

    private func compile(_ profile: SeccompProfile, _ capabilities: Set<String>) -> SeccompFilter {
        SeccompCompiler.compile(
            profile.rules(capabilities: capabilities, kernel: kernel), default: profile.defaultAction,
            architectures: [.native] + profile.architectures, flags: profile.flags)
    }

    func cgroup(parent: String, id: String) throws(RuntimeFailure) -> any Cgroup {
        switch cgroups {
        case .unified(let root): return UnifiedCgroup(root: root, parent: parent, id: id)
        case .legacy(let mounts): return LegacyCgroup(mounts: mounts, parent: parent, id: id)
        case .missing: throw .cgroup("the host has no cgroup file system mounted")
        }
    }

    /// What an earlier shim may have left; nil on a host without control groups.
    func leftCgroup(parent: String, id: String) -> (any Cgroup)? {
        switch cgroups {
        case .unified(let root): UnifiedCgroup(leftIn: root, parent: parent, id: id)
        case .legacy(let mounts): LegacyCgroup(leftIn: mounts, parent: parent, id: id)
        case .missing: nil
        }
    }

    /// Runs `body` while children are born into the PID namespace that `descriptor` stands for.
    func withChildren<Result>(
        in descriptor: Int32, _ body: () throws(RuntimeFailure) -> Result
    ) throws(RuntimeFailure) -> Result {
        let own = try ownProcess()
        let pid = Int32(CLINUX_NS_PID)
        _ = try Self.check(clinux_setns(descriptor, pid), "setns to the container's pid namespace")
        defer { _ = clinux_setns(own, pid) }
        return try body()
    }

    /// A pidfd of the calling process. The host's, who keeps it.
    func ownProcess() throws(RuntimeFailure) -> Int32 {
        let pid = getpid()
        if let own {
            if own.pid == pid { return own.descriptor }
            close(own.descriptor)
        }
        own = nil
        let descriptor = try Self.check(clinux_pidfd_open(pid), "pidfd_open")
        own = (pid, descriptor)
        return descriptor
    }

    private static func check(_ result: Int32, _ call: String) throws(RuntimeFailure) -> Int32 {
        guard result < 0 else { return result }
        throw RuntimeFailure(step: "namespace", errno: -result, message: "\(call): \(Errno.reason(of: -result))")
    }
}
