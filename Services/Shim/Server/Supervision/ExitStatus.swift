// How a process ended, decoded from what waitpid(2) reports.

struct ExitStatus: Equatable, Sendable {
    /// 0 to 255; 128 + n when signal n ended it.
    var exitCode: Int32
    var signal: Int32?
    var dumpedCore = false

    init(exitCode: Int32, signal: Int32? = nil) {
        self.exitCode = exitCode
        self.signal = signal
    }

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? ExitStatus(exitCode: waitStatus >> 8 & 0xff) : ExitStatus(exitCode: 128 + signal, signal: signal)
        dumpedCore = signal != 0 && waitStatus & 0x80 != 0
    }
}
