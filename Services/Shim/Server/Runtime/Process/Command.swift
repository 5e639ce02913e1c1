// The last steps of a new process: its session, its signals, and execve(2).
import CLinux
import Glibc

struct Command {
    let path: String
    let arguments: [String]
    let environment: [String]
    /// The slave that is to be the controlling terminal.
    let terminal: Int32?

    /// Every descriptor but stdio closes on success.
    func execute() throws(RuntimeFailure) -> Never {
        if let terminal {
            let result = clinux_terminal_control(terminal)
            guard result == 0 else { throw RuntimeFailure(step: "terminal", errno: -result, message: "setctty: errno \(-result)") }
        } else {
            setsid()
        }
        // Whoever started the shim may have ignored some.
        _ = clinux_reset_signals(.max)
        _ = clinux_close_on_exec_from(3)
        throw CommandLookup.failedExec(path, StringVector.execute(path, arguments, environment))
    }
}
