// PID 1 of a container started with an init: reaps what is orphaned, forwards signals, and ends with its child's code.
import CLinux
import Glibc
import Linux

enum InitLoop {
    /// Turns the calling process into the init of its PID namespace, and executes the command in its child.
    static func run(_ command: Command, _ channel: SetupChannel) throws(RuntimeFailure) -> Never {
        // Blocked before the child exists, so that no SIGCHLD is lost. What is blocked stays pending even for PID 1.
        _ = clinux_block_signals()
        let child = clinux_fork()
        if child == 0 { ProcessLauncher.runChild(channel) { (_) throws(RuntimeFailure) in try command.execute() } }
        guard child > 0 else { throw RuntimeFailure(step: "init", errno: -child, message: "fork: \(Errno.reason(of: -child))") }
        // Nothing of the shim's stays open here: neither the channel it waits on nor the container's stdio.
        _ = clinux_close_from(0)
        // This process keeps the shim's memory and executable for good; its change of user may have opened them.
        _ = clinux_set_dumpable(0)
        clinux_set_process_name("init")
        serve(child)
    }

    private static func serve(_ child: Int32) -> Never {
        while true {
            let signal = clinux_wait_signal()
            if signal == SIGCHLD { reap(child) } else if signal > 0 { kill(child, signal) }
        }
    }

    private static func reap(_ child: Int32) {
        var status: Int32 = 0
        while true {
            let pid = clinux_wait_any(1, &status)
            guard pid > 0 else { return }
            if pid == child { _exit(exitCode(status)) }
        }
    }

    /// As shells have it: 128 + n when signal n ended the process.
    private static func exitCode(_ status: Int32) -> Int32 {
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }
}
