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
        _ = clinux_reset_signals()
        _ = clinux_close_on_exec_from(3)
        execve(path, Self.vector(arguments), Self.vector(environment))
        throw CommandLookup.failedExec(path, errno)
    }

    /// A null-terminated array of C strings. Never freed: what follows replaces the process or ends it.
    private static func vector(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
        strings.map { strdup($0) } + [nil]
    }
}
