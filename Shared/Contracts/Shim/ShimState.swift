// What a shim says of its container.

/// Where a container stands, with what exists only then.
public enum ShimPhase: Codable, Sendable, Equatable {
    /// Adopted and ready for attach, not started.
    case prepared
    case running(RunningContainer)
    case paused(RunningContainer)
    /// It has ended and will be started again.
    case restarting(ExitRecord)
    case exited(ExitRecord)
}

public struct RunningContainer: Codable, Sendable, Equatable {
    /// PID 1 of the container, in the host's numbering.
    public var pid: Int32
    /// Nanoseconds since 1970.
    public var startedAt: Int64

    public init(pid: Int32, startedAt: Int64) {
        self.pid = pid
        self.startedAt = startedAt
    }
}

/// How a container ended. Durable on disk before the shim tells anyone, kept until `ReleaseShim`.
public struct ExitRecord: Codable, Sendable, Equatable {
    /// 0 to 255; 128 + n when signal n ended it.
    public var exitCode: Int32
    /// The signal that ended it, nil when it exited by itself.
    public var signal: Int32?
    /// The kernel killed a process of the container for lack of memory.
    public var outOfMemory: Bool
    /// Nanoseconds since 1970.
    public var startedAt: Int64
    public var finishedAt: Int64
    /// Words for `State.Error`, empty as a rule.
    public var message: String
    /// nil from a shim that doesn't tell.
    public var cause: ExitCause?

    public init(
        exitCode: Int32, signal: Int32? = nil, outOfMemory: Bool = false, startedAt: Int64, finishedAt: Int64, message: String = "",
        cause: ExitCause? = nil
    ) {
        self.exitCode = exitCode
        self.signal = signal
        self.outOfMemory = outOfMemory
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.message = message
        self.cause = cause
    }
}

/// An exec and how far it has come.
public struct ExecState: Codable, Sendable, Equatable {
    public var execID: String
    /// In the host's numbering; 0 after the end.
    public var pid: Int32
    public var running: Bool
    /// nil while it runs.
    public var exitCode: Int32?
    public var command: ExecCommand?

    public init(execID: String, pid: Int32, running: Bool, exitCode: Int32? = nil, command: ExecCommand? = nil) {
        self.command = command
        self.execID = execID
        self.pid = pid
        self.running = running
        self.exitCode = exitCode
    }
}

/// What an exec was asked to be, for whoever finds it running.
public struct ExecCommand: Codable, Sendable, Equatable {
    public var arguments: [String]
    public var user: String
    public var terminal: Bool
    public var privileged: Bool
    public var stdin: Bool
    public var stdout: Bool
    public var stderr: Bool

    public init(_ request: StartExec.Request) {
        arguments = request.process.arguments
        user = request.process.user
        terminal = request.process.terminal
        privileged = request.privileged
        stdin = request.stdin
        stdout = request.stdout
        stderr = request.stderr
    }
}
