// A process that becomes CRIU, or waits for it. Its errors go where CRIU's do: to a log.
import CLinux
import Glibc
import Linux

enum CriuProcess {
    /// The status of a process that failed before or after CRIU; its log says why.
    static let failed: Int32 = 1

    /// Forks; `body` ends in CRIU or in the end of the process. It dies with the shim.
    /// - Parameters:
    ///   - log: a path; what was there is replaced.
    ///   - birthplace: a descriptor of the control group that the process is born in, or -1.
    static func fork(log: String, birthplace: Int32 = -1, _ body: () throws(Errno) -> Void) throws(RuntimeFailure) -> Int32 {
        unlink(log)
        let file = open(log, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw RuntimeFailure(step: "log", errno: errno, message: "open \(log): \(Errno.reason(of: errno))") }
        defer { close(file) }
        // Whoever is in the container and sees the new process mustn't get at the shim's memory through it.
        _ = clinux_set_dumpable(0)
        var pidfd: Int32 = -1
        let pid = clinux_fork_into(0, birthplace, &pidfd)
        if pid == 0 { become(file, body) }
        guard pid > 0 else { throw RuntimeFailure(step: "fork", errno: -pid, message: "clone3: \(Errno.reason(of: -pid))") }
        // Its end is told by SIGCHLD.
        close(pidfd)
        return pid
    }

    private static func become(_ log: Int32, _ body: () throws(Errno) -> Void) -> Never {
        _ = clinux_set_parent_death_signal(SIGKILL)
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard null >= 0, clinux_duplicate(null, 0) >= 0, clinux_duplicate(log, 1) >= 0, clinux_duplicate(log, 2) >= 0 else {
            _exit(failed)
        }
        _ = clinux_reset_signals(.max)
        do throws(Errno) {
            try body()
            _exit(0)
        } catch {
            note(error)
            _exit(failed)
        }
    }

    /// In CRIU's manner, so that it is found where CRIU's errors are.
    private static func note(_ error: Errno) {
        let line = Array("Error (berth): \(error)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }

    /// Becomes the program; only these descriptors besides stdio stay open in it.
    static func execute(_ arguments: [String], keeping descriptors: [Int32] = []) throws(Errno) -> Never {
        _ = clinux_close_on_exec_from(3)
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, 0) }
        let code = StringVector.execute(arguments[0], arguments, ["PATH=\(Criu.searchPath)"])
        throw Errno(code: code, call: "execute \(arguments[0])")
    }

    /// Runs the program in a child and waits for it. False when it failed; it has said why.
    static func run(_ arguments: [String]) throws(Errno) -> Bool {
        let pid = clinux_fork()
        if pid == 0 {
            _ = clinux_set_parent_death_signal(SIGKILL)
            do throws(Errno) { try execute(arguments) } catch {
                note(error)
                _exit(failed)
            }
        }
        try Errno.check(pid, "fork")
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw Errno(code: errno, call: "waitpid") }
        }
        return status == 0
    }
}
