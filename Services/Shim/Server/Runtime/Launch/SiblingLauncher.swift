// Starts a process by way of another, which enters namespaces first.
//
// The outer process does what needs the host's privileges and files, goes to where the new one belongs, and forks that as its own sibling:
// the shim is its parent all the same. So a container's namespaces belong to its user namespace, and an exec is born among a container's
// processes with nothing of the host's left. Where a process has all its namespaces, the shim may have something made in them.
import CLinux
import Glibc
import Linux

struct SiblingLauncher {
    /// Made with the process.
    var namespaces: Namespaces = []
    /// A descriptor of the cgroup that the process is born in, or -1.
    let birthplace: Int32
    /// nil waits for as long as it takes.
    var patience: SetupPatience?

    private struct Child {
        let pid: Int32
        let pidfd: Int32

        /// Waits for its end.
        func reap() {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            close(pidfd)
        }

        /// By its number, which is its own until it is reaped: there may be no descriptor of it.
        func end() {
            kill(pid, SIGKILL)
            reap()
        }
    }

    /// - Parameters:
    ///   - prepare: run by the outer process; its last step enters what the new one is born into.
    ///   - serve: run by the shim with a pidfd of the process, once that has said that it is waiting.
    ///   - resolved: called in the shim with the user that the new process will be, where it tells.
    ///   - body: run by the process; it ends in execve(2), in the init loop, or by throwing.
    func launch(
        prepare: (SetupChannel) throws(RuntimeFailure) -> Void, serve: (Int32) throws(RuntimeFailure) -> Void = { _ in },
        resolved: (ResolvedUser) -> Void = { _ in }, _ body: (SetupChannel) throws(RuntimeFailure) -> Never
    ) throws(RuntimeFailure) -> StartedProcess {
        _ = clinux_set_dumpable(0)
        var ends: [Int32] = [-1, -1]
        try Self.check(clinux_message_pair(&ends), "socketpair")
        var pidfd: Int32 = -1
        let pid = clinux_fork_into(0, birthplace, &pidfd)
        if pid == 0 {
            close(ends[0])
            ProcessLauncher.runChild(SetupChannel(socket: ends[1])) { (channel) throws(RuntimeFailure) in
                try prepare(channel)
                try split(channel, body)
            }
        }
        close(ends[1])
        defer { close(ends[0]) }
        try Self.check(pid, "clone3")
        return try follow(ends[0], outer: Child(pid: pid, pidfd: pidfd), serve, resolved)
    }

    private func split(
        _ channel: SetupChannel, _ body: (SetupChannel) throws(RuntimeFailure) -> Never
    ) throws(RuntimeFailure) -> Never {
        let pid = clinux_fork_sibling(namespaces.rawValue)
        if pid == 0 { ProcessLauncher.runChild(channel, body) }
        try Self.check(pid, "clone3")
        try channel.send(.born(pid))
        _exit(0)
    }

    private static func check(_ result: Int32, _ call: String) throws(RuntimeFailure) {
        guard result < 0 else { return }
        throw RuntimeFailure(step: "clone", errno: -result, message: "\(call): \(Errno.reason(of: -result))")
    }

    private func follow(
        _ socket: Int32, outer: Child, _ serve: (Int32) throws(RuntimeFailure) -> Void, _ resolved: (ResolvedUser) -> Void
    ) throws(RuntimeFailure) -> StartedProcess {
        let deadline = patience.map { SetupDeadline($0) }
        var (outer, child): (Child?, Child?) = (outer, nil)
        var terminal: Int32?
        var (isReady, isWaiting) = (false, false)
        do throws(RuntimeFailure) {
            while let message = try ProcessLauncher.receive(socket, &terminal, deadline) {
                switch message {
                case .ready: isReady = true
                case .terminal: break
                case .resolved(let user): resolved(user)
                case .waiting: isWaiting = true
                case .failed(let failure): throw failure
                case .born(let pid):
                    let pidfd = clinux_pidfd_open(pid)
                    child = Child(pid: pid, pidfd: pidfd)
                    outer?.reap()
                    outer = nil
                    try Self.check(pidfd, "pidfd_open")
                }
                guard isWaiting, let child else { continue }
                isWaiting = false
                try serve(child.pidfd)
            }
            guard isReady, let child else { throw ProcessLauncher.died }
            return StartedProcess(pid: child.pid, pidfd: child.pidfd, terminalMaster: terminal)
        } catch {
            if let terminal { close(terminal) }
            child = child ?? Self.birth(socket, deadline)
            outer?.end()
            child?.end()
            throw error
        }
    }

    /// The process may have failed before the outer one has told of it.
    private static func birth(_ socket: Int32, _ deadline: SetupDeadline?) -> Child? {
        var terminal: Int32?
        defer { if let terminal { close(terminal) } }
        do throws(RuntimeFailure) {
            while let message = try ProcessLauncher.receive(socket, &terminal, deadline) {
                if case .born(let pid) = message { return Child(pid: pid, pidfd: clinux_pidfd_open(pid)) }
            }
        } catch {}
        return nil
    }
}
