// Which namespaces a container's first process is born with, and which it enters.
import CLinux
import Contracts
import Glibc
import Linux

struct ContainerNamespaces {
    let spec: NamespaceSpec

    /// Made by clone3. The control groups' comes later, when the process is in its group, and the mounts' is a copy of an empty one.
    var new: Namespaces {
        var new: Namespaces = []
        if spec.network == .own { new.insert(.network) }
        if spec.pid == .own { new.insert(.pid) }
        if spec.ipc == .own { new.insert(.ipc) }
        if spec.uts == .own { new.insert(.uts) }
        return new
    }

    /// A descriptor of the PID namespace to be born into; nil for a new one or the host's.
    func openProcesses() throws(RuntimeFailure) -> Int32? {
        guard case .path(let path) = spec.pid else { return nil }
        let descriptor = clinux_open_file(path, O_RDONLY, 0)
        guard descriptor >= 0 else { throw Self.failure("pid", path, -descriptor) }
        return descriptor
    }

    /// By the new process, once it is in its control group.
    func enter() throws(RuntimeFailure) {
        try enterShared()
        try makeOwn()
    }

    /// Enters those of others. The PID namespace is that of children made from then on.
    func enterShared(withProcesses: Bool = false) throws(RuntimeFailure) {
        try enter(.network, spec.network, "network")
        try enter(.ipc, spec.ipc, "ipc")
        try enter(.uts, spec.uts, "uts")
        try enter(.cgroup, spec.cgroup, "cgroup")
        if withProcesses { try enter(.pid, spec.pid, "pid") }
    }

    /// Makes what the new process wasn't born with.
    func makeOwn() throws(RuntimeFailure) {
        if spec.cgroup == .own {
            let result = clinux_unshare(Int32(CLINUX_NS_CGROUP))
            guard result == 0 else { throw Self.failure("cgroup", "", -result) }
        }
        if spec.network == .own { _ = clinux_loopback_up() }
    }

    private func enter(_ kind: Namespaces, _ mode: NamespaceSpec.Mode, _ name: String) throws(RuntimeFailure) {
        guard case .path(let path) = mode else { return }
        do throws(Errno) { try kind.enter(path: path) } catch { throw Self.failure(name, path, error.code) }
    }

    private static func failure(_ kind: String, _ path: String, _ code: Int32) -> RuntimeFailure {
        let place = path.isEmpty ? "a new \(kind) namespace" : "the \(kind) namespace \(path)"
        return RuntimeFailure(step: "namespace", errno: code, message: "unable to enter \(place): \(Errno.reason(of: code))")
    }
}
