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

/// Signals by name.
enum SignalNumber {
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// Without `SIG`; `RTMIN+n` for the real-time ones.
    static func name(_ signal: Int32) -> String {
        if names.indices.contains(Int(signal) - 1) { return names[Int(signal) - 1] }
        return signal >= 34 ? "RTMIN+\(signal - 34)" : "\(signal)"
    }
}
