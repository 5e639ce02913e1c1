// What a caller gives to, and gets from, the start of a process.

/// Where a process reads and writes.
public enum ProcessStdio: Sendable, Equatable {
    /// The child's own ends. The caller keeps them open until the start returns, and closes its copies then.
    case pipes(stdin: Int32, stdout: Int32, stderr: Int32)
    /// A terminal of the container's own devpts.
    case terminal
}

/// A process that has been executed. It is a child of the caller, who reaps it.
public struct StartedProcess: Sendable, Equatable {
    /// In the caller's numbering.
    public let pid: Int32
    /// Readable when the process has ended. Close-on-exec; the caller owns it.
    public let pidfd: Int32
    /// The master end of the terminal, close-on-exec and nonblocking; nil with pipes. The caller owns it.
    public let terminalMaster: Int32?

    public init(pid: Int32, pidfd: Int32, terminalMaster: Int32? = nil) {
        self.pid = pid
        self.pidfd = pidfd
        self.terminalMaster = terminalMaster
    }
}
