// Forks a process, lets it set itself up, and waits until it has executed its command or failed.
import CLinux
import Glibc
import Linux

/// The calling process has one thread, so the new one may run Swift until it executes.
struct ProcessLauncher {
    var namespaces: Namespaces = []
    /// A descriptor of the cgroup that the process is born in, or -1.
    var birthplace: Int32 = -1

    /// nil waits for as long as it takes: for a process that no stranger can hold up.
    var patience: SetupPatience?

    /// Runs `body` in the new process; it ends in execve(2), in the init loop, or by throwing.
    func launch(_ body: (SetupChannel) throws(RuntimeFailure) -> Never) throws(RuntimeFailure) -> StartedProcess {
        // The new process inherits it: nobody in its PID namespace, but who has CAP_SYS_PTRACE outside of any user namespace, may look at
        // its copy of the shim's memory or get hold of the executable through `/proc/<pid>/exe`.
        _ = clinux_set_dumpable(0)
        var ends: [Int32] = [-1, -1]
        try check(clinux_message_pair(&ends), "socketpair")
        var pidfd: Int32 = -1
        let pid = clinux_fork_into(namespaces.rawValue, birthplace, &pidfd)
        if pid == 0 {
            close(ends[0])
            Self.runChild(SetupChannel(socket: ends[1]), body)
        }
        close(ends[1])
        defer { close(ends[0]) }
        try check(pid, "clone3")
        return try Self.follow(ends[0], pid: pid, pidfd: pidfd, patience.map { SetupDeadline($0) })
    }

    private func check(_ result: Int32, _ call: String) throws(RuntimeFailure) {
        guard result < 0 else { return }
        throw RuntimeFailure(step: "clone", errno: -result, message: "\(call): \(Errno.reason(of: -result))")
    }

    /// The new process's side: a failure is told to the shim, and ends the process.
    static func runChild(_ channel: SetupChannel, _ body: (SetupChannel) throws(RuntimeFailure) -> Never) -> Never {
        do throws(RuntimeFailure) {
            try body(channel)
        } catch {
            do throws(RuntimeFailure) { try channel.send(.failed(error)) } catch {}
            _exit(error.exitCode ?? 1)
        }
    }

    private static func follow(
        _ socket: Int32, pid: Int32, pidfd: Int32, _ deadline: SetupDeadline?
    ) throws(RuntimeFailure) -> StartedProcess {
        var terminal: Int32?
        do throws(RuntimeFailure) {
            var isReady = false
            while let message = try receive(socket, &terminal, deadline) {
                switch message {
                case .ready: isReady = true
                case .failed(let failure): throw failure
                case .terminal, .resolved, .born, .waiting: break
                }
            }
            guard isReady else { throw died }
            return StartedProcess(pid: pid, pidfd: pidfd, terminalMaster: terminal)
        } catch {
            if let terminal { close(terminal) }
            end(pid: pid, pidfd: pidfd)
            throw error
        }
    }

    static let died = RuntimeFailure(
        step: "setup", errno: 0, message: "the new process was killed during set-up (memory limit too low?)")

    /// The next message, or nil at the end.
    static func receive(
        _ socket: Int32, _ terminal: inout Int32?, _ deadline: SetupDeadline?
    ) throws(RuntimeFailure) -> SetupMessage? {
        try deadline?.await(socket)
        var bytes = [UInt8](repeating: 0, count: 8192)
        var descriptor: Int32 = -1
        let count = clinux_message_receive(socket, &bytes, bytes.count, &descriptor)
        if descriptor >= 0 { terminal = descriptor }
        if count == 0 { return nil }
        guard count > 0, let message = SetupMessage(bytes[..<count]) else {
            throw RuntimeFailure(step: "setup", errno: Int32(max(0, -count)), message: "the new process sent something unintelligible")
        }
        return message
    }

    private static func end(pid: Int32, pidfd: Int32) {
        _ = clinux_pidfd_send_signal(pidfd, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        close(pidfd)
    }
}
