// A process of a container: its first one, or an exec.

/// What to execute, as whom, and with which limits.
public struct ProcessSpec: Codable, Sendable, Equatable {
    /// `arguments[0]` is looked up in the container's `PATH` unless it has a slash. Never empty.
    public var arguments: [String]
    /// `KEY=value`, in order. The shim adds `HOME` from the container's passwd when it is not set.
    public var environment: [String]
    /// Absolute; made if it is not there. An exec's must be there, as with Docker.
    public var workingDirectory: String
    /// `name|uid[:name|gid]`, looked up in the container's own `/etc/passwd` and `/etc/group`. Empty is root.
    public var user: String
    /// Names or numbers of supplementary groups (`--group-add`).
    public var additionalGroups: [String]
    /// `CAP_CHOWN` and so on: the bounding, permitted and effective sets.
    public var capabilities: [String]
    public var noNewPrivileges: Bool
    public var rlimits: [ResourceLimit]
    /// -1000 to 1000; nil leaves it inherited.
    public var oomScoreAdjustment: Int32?
    public var terminal: Bool
    /// The terminal's first size; nil leaves the kernel's default.
    public var terminalSize: TerminalSize?

    public init(
        arguments: [String], environment: [String] = [], workingDirectory: String = "/", user: String = "",
        additionalGroups: [String] = [], capabilities: [String] = [], noNewPrivileges: Bool = false,
        rlimits: [ResourceLimit] = [], oomScoreAdjustment: Int32? = nil, terminal: Bool = false, terminalSize: TerminalSize? = nil
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.additionalGroups = additionalGroups
        self.capabilities = capabilities
        self.noNewPrivileges = noNewPrivileges
        self.rlimits = rlimits
        self.oomScoreAdjustment = oomScoreAdjustment
        self.terminal = terminal
        self.terminalSize = terminalSize
    }
}

/// One resource limit, named as Docker names it (`nofile`, `core`…). -1 is unlimited.
public struct ResourceLimit: Codable, Sendable, Equatable {
    public var name: String
    public var soft: Int64
    public var hard: Int64

    public init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// Columns and rows of a terminal.
public struct TerminalSize: Codable, Sendable, Equatable {
    public var columns: UInt16
    public var rows: UInt16

    public init(columns: UInt16, rows: UInt16) {
        self.columns = columns
        self.rows = rows
    }
}
