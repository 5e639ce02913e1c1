// Starts a container's first process in a user namespace.
//
// Three processes take part. An outer one does what needs the host's privileges, enters the user namespace, and forks the container's
// process as its own sibling, so that the namespaces made with it belong to the user namespace, and the shim is its parent all the same.
// When the process has all its namespaces, a helper joins them and makes what only the host's root may.
import CLinux
import Glibc
import Linux

struct MappedLauncher {
    /// Made with the process.
    let namespaces: Namespaces
    /// A descriptor of the cgroup that the process is born in, or -1.
    let birthplace: Int32

    private struct Child {
        var pid: Int32
        var pidfd: Int32

        /// Waits for its end.
        func reap() {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            close(pidfd)
        }

        func end() {
            _ = clinux_pidfd_send_signal(pidfd, SIGKILL)
            reap()
        }
    }

    /// - Parameters:
    ///   - prepare: run by the outer process; its last step enters the user namespace.
    ///   - serve: run by the shim with a pidfd of the process, once that has said that it is waiting.
    ///   - body: run by the process; it ends in execve(2), in the init loop, or by throwing.
    func launch(
        prepare: (SetupChannel) throws(RuntimeFailure) -> Void, serve: (Int32) throws(RuntimeFailure) -> Void,
        _ body: (SetupChannel) throws(RuntimeFailure) -> Never
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
        return try Self.follow(ends[0], outer: Child(pid: pid, pidfd: pidfd), serve)
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

    private static func follow(
        _ socket: Int32, outer: Child, _ serve: (Int32) throws(RuntimeFailure) -> Void
    ) throws(RuntimeFailure) -> StartedProcess {
        var (outer, child): (Child?, Child?) = (outer, nil)
        var terminal: Int32?
        var (isReady, isWaiting) = (false, false)
        do throws(RuntimeFailure) {
            while let message = try ProcessLauncher.receive(socket, &terminal) {
                switch message {
                case .ready: isReady = true
                case .terminal, .resolved: break
                case .waiting: isWaiting = true
                case .failed(let failure): throw failure
                case .born(let pid):
                    child = Child(pid: pid, pidfd: clinux_pidfd_open(pid))
                    outer?.reap()
                    outer = nil
                }
                guard isWaiting, let child else { continue }
                isWaiting = false
                try serve(child.pidfd)
            }
            guard isReady, let child else { throw ProcessLauncher.died }
            return StartedProcess(pid: child.pid, pidfd: child.pidfd, terminalMaster: terminal)
        } catch {
            if let terminal { close(terminal) }
            outer?.end()
            child?.end()
            throw error
        }
    }
}
