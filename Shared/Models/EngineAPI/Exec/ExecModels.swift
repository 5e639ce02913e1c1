// Execs: what a client asks for, and what it is told.

/// The body of exec create.
public struct ExecCreateRequest: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var user: String
    @ZeroIfAbsent public var privileged: Bool
    @ZeroIfAbsent public var tty: Bool
    public var consoleSize: ConsoleSize?
    @ZeroIfAbsent public var attachStdin: Bool
    @ZeroIfAbsent public var attachStdout: Bool
    @ZeroIfAbsent public var attachStderr: Bool
    /// As Docker writes them: `ctrl-p,ctrl-q`; empty for the default.
    @ZeroIfAbsent public var detachKeys: String
    @NullIfAbsent public var env: [String]?
    @ZeroIfAbsent public var workingDir: String
    public var cmd: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case user = "User", privileged = "Privileged", tty = "Tty", consoleSize = "ConsoleSize", attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout", attachStderr = "AttachStderr", detachKeys = "DetachKeys", env = "Env"
        case workingDir = "WorkingDir", cmd = "Cmd"
    }
}

/// The body of exec start.
public struct ExecStartRequest: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var detach: Bool
    @ZeroIfAbsent public var tty: Bool
    public var consoleSize: ConsoleSize?

    public init() {}

    enum CodingKeys: String, CodingKey { case detach = "Detach", tty = "Tty", consoleSize = "ConsoleSize" }
}

/// The answer to exec inspect.
public struct ExecInspect: Codable, Sendable, Equatable {
    public struct Process: Codable, Sendable, Equatable {
        public var entrypoint: String
        public var arguments: [String]
        public var tty: Bool
        public var privileged: Bool
        /// Left out when empty.
        @OmittedIfZero public var user: String

        public init(entrypoint: String, arguments: [String], tty: Bool, privileged: Bool, user: String = "") {
            self.entrypoint = entrypoint
            self.arguments = arguments
            self.tty = tty
            self.privileged = privileged
            self.user = user
        }
    }

    public var id: String
    public var running: Bool
    /// nil, written as null, until the process has ended.
    @NullIfAbsent public var exitCode: Int?
    public var processConfig: Process
    public var openStdin: Bool
    public var openStderr: Bool
    public var openStdout: Bool
    public var canRemove: Bool
    public var containerID: String
    public var detachKeys: String
    /// In the host's numbering; 0 when not running.
    public var pid: Int

    public init(
        id: String, running: Bool, exitCode: Int?, processConfig: Process, openStdin: Bool, openStderr: Bool, openStdout: Bool,
        canRemove: Bool = false, containerID: String, detachKeys: String = "", pid: Int
    ) {
        self.id = id
        self.running = running
        self.processConfig = processConfig
        self.openStdin = openStdin
        self.openStderr = openStderr
        self.openStdout = openStdout
        self.canRemove = canRemove
        self.containerID = containerID
        self.detachKeys = detachKeys
        self.pid = pid
        self.exitCode = exitCode
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID", running = "Running", exitCode = "ExitCode", processConfig = "ProcessConfig", openStdin = "OpenStdin"
        case openStderr = "OpenStderr", openStdout = "OpenStdout", canRemove = "CanRemove", containerID = "ContainerID"
        case detachKeys = "DetachKeys", pid = "Pid"
    }
}
