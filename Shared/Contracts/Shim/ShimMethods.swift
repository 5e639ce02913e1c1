// The methods of a shim. Its socket is `EngineLayout.shimSocket(of:)`; before adoption, the connection that spawned it.
import RPC

/// Gives a fresh shim its container: it binds its socket, opens the log, and can be attached to.
/// Errors: conflict when it has one already, or when another shim holds this container.
public enum AdoptContainer: RPCMethod {
    public static let name = "shim.adopt"

    public struct Request: Codable, Sendable {
        public var containerID: String
        /// `EngineLayout.root` and `.run` of the engine.
        public var root: String
        public var run: String
        public var terminal: Bool
        /// Stdin stays open for attach clients (`-i`); otherwise it is `/dev/null`.
        public var openStdin: Bool
        /// Stdin closes when the first attach client that sent to it leaves.
        public var stdinOnce: Bool
        public var log: LogSpec
        /// The container's labels. Calls of clients that are limited to other labels are refused.
        public var labels: [String: String]?
        /// Whether calls are logged, as set by `NoteCalls`; nil leaves that unchanged.
        public var notesCalls: Bool?

        public init(containerID: String, root: String, run: String, terminal: Bool, openStdin: Bool, stdinOnce: Bool, log: LogSpec) {
            self.containerID = containerID
            self.root = root
            self.run = run
            self.terminal = terminal
            self.openStdin = openStdin
            self.stdinOnce = stdinOnce
            self.log = log
        }
    }
    public typealias Response = RPCNothing
}

/// Where output is logged.
public struct LogSpec: Codable, Sendable, Equatable {
    public enum Driver: String, Codable, Sendable {
        /// One JSON object a line: `{"log":"…\n","stream":"stdout","time":"RFC 3339 with nanoseconds"}`.
        case jsonFile = "json-file"
        case none
    }
    public var driver: Driver
    /// Bytes of a file before it is rotated; nil for no limit.
    public var maxSize: Int64?
    /// Files kept, the current one included; at least 1.
    public var maxFile: Int32
    /// Whether rotated files are compressed by gzip; nil is false.
    public var compresses: Bool?
    /// Bytes kept of output for which the disk is too slow, before new lines are lost; nil to let the container wait instead.
    public var bufferBytes: Int64?
    /// Labels and environment copied into each line's `attrs`.
    public var attributes: [String: String]
    /// A further destination of output.
    public var remote: RemoteLog?

    public init(
        driver: Driver = .jsonFile, maxSize: Int64? = 20 << 20, maxFile: Int32 = 5, compresses: Bool? = nil,
        bufferBytes: Int64? = nil, attributes: [String: String] = [:], remote: RemoteLog? = nil
    ) {
        self.driver = driver
        self.remote = remote
        self.maxSize = maxSize
        self.maxFile = maxFile
        self.compresses = compresses
        self.bufferBytes = bufferBytes
        self.attributes = attributes
    }
}

/// Runs the container. Returns once its process has been executed.
/// Errors: conflict unless prepared; `invalidParameter` with details `step` and `errno` when a step of the
/// set-up fails, and `exitCode` 126 or 127 among the details when the command can't be executed or isn't there.
public enum StartContainer: RPCMethod {
    public static let name = "shim.start"
    public struct Request: Codable, Sendable {
        public var spec: ContainerSpec
        /// nil for a container that is neither restarted nor checked.
        public var supervision: SupervisionSpec?
        public init(spec: ContainerSpec, supervision: SupervisionSpec? = nil) {
            self.spec = spec
            self.supervision = supervision
        }
    }
    public typealias Response = RunningContainer
}

/// The container's phase and its execs. Answered at any time, whatever else the shim does.
public enum InspectShim: RPCMethod {
    public static let name = "shim.inspect"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var containerID: String
        public var shimPID: Int32
        public var version: String
        public var phase: ShimPhase
        public var execs: [ExecState]
        public var attachedClients: Int
        /// Bytes of output read from the container so far.
        public var outputBytes: UInt64
        /// Log lines lost because the log could not be written.
        public var droppedLogLines: UInt64
        /// How often the shim has started the container again.
        public var restartCount: Int32?
        public var supervision: SupervisionSpec?
        public var health: HealthReport?
        /// The number of the latest notice that `WatchShim` keeps; 0 for none.
        public var lastNotice: UInt64?
        /// How many clients have been attached so far, those that have left included; nil from a shim that doesn't count them.
        public var joinedClients: UInt64?

        public init(
            containerID: String, shimPID: Int32, version: String, phase: ShimPhase, execs: [ExecState], attachedClients: Int,
            outputBytes: UInt64, droppedLogLines: UInt64, restartCount: Int32? = nil, supervision: SupervisionSpec? = nil,
            health: HealthReport? = nil, lastNotice: UInt64? = nil, joinedClients: UInt64? = nil
        ) {
            self.containerID = containerID
            self.shimPID = shimPID
            self.version = version
            self.phase = phase
            self.execs = execs
            self.attachedClients = attachedClients
            self.outputBytes = outputBytes
            self.droppedLogLines = droppedLogLines
            self.restartCount = restartCount
            self.supervision = supervision
            self.health = health
            self.lastNotice = lastNotice
            self.joinedClients = joinedClients
        }

        /// What grows when a client joins.
        public var joins: UInt64 { joinedClients ?? UInt64(clamping: attachedClients) }
    }
}

/// Sends notices as they happen. Before them come the kept notices that follow the given number; without a number, a summary of what has
/// become of the container so far (`started`, `paused`, `restarting` or `exited`), if it was started. Its health is sent in either case.
public enum WatchShim: RPCStreamMethod {
    public static let name = "shim.watch"
    public struct Request: Codable, Sendable {
        /// The last notice that the caller knows of, 0 for none; nil for a summary.
        public var after: UInt64?
        public init(after: UInt64? = nil) { self.after = after }
    }
    public typealias Outbound = ShimNotice
    public typealias Response = RPCNothing
}

/// A request that a container end, and who made it.
public struct EndRequest: Codable, Sendable, Equatable {
    public enum Verb: String, Codable, Sendable { case stop, kill, restart, remove, checkpoint, shutdown }

    public var verb: Verb
    /// The container was given its time to stop.
    public var isTimeout: Bool
    /// Who asked, for humans; empty when it isn't known.
    public var caller: String

    public init(_ verb: Verb, isTimeout: Bool = false, caller: String = "") {
        self.verb = verb
        self.isTimeout = isTimeout
        self.caller = caller
    }
}

/// Sends a signal. Errors: conflict when the container is not running; notFound for an unknown exec.
public enum SignalContainer: RPCMethod {
    public static let name = "shim.signal"
    public struct Request: Codable, Sendable {
        public var signal: Int32
        /// Every process of the container instead of its first.
        public var all: Bool
        public var execID: String?
        /// The container is to end and not to be started again; one that waits for its restart ends now.
        public var end: EndRequest?
        public init(signal: Int32, all: Bool = false, execID: String? = nil, end: EndRequest? = nil) {
            self.signal = signal
            self.all = all
            self.execID = execID
            self.end = end
        }
    }
    public struct Response: Codable, Sendable, Equatable {
        /// Whether the process ignores the signal, or is the first of its namespace and has no handler for it. Set only for a signal that
        /// is to end it.
        public var isUnheeded: Bool?
        public init(isUnheeded: Bool? = nil) { self.isUnheeded = isUnheeded }
    }
}

/// Freezes every process. Errors: conflict when not running, or paused already.
public enum PauseContainer: RPCMethod {
    public static let name = "shim.pause"
    public typealias Request = RPCNothing
    public typealias Response = RPCNothing
}

/// Thaws. Errors: conflict when not paused.
public enum ResumeContainer: RPCMethod {
    public static let name = "shim.resume"
    public typealias Request = RPCNothing
    public typealias Response = RPCNothing
}

/// Sets the terminal's size. Errors: conflict when nothing runs; notFound for an unknown exec.
public enum ResizeTerminal: RPCMethod {
    public static let name = "shim.resize"
    public struct Request: Codable, Sendable {
        public var size: TerminalSize
        public var execID: String?
        public init(size: TerminalSize, execID: String? = nil) {
            self.size = size
            self.execID = execID
        }
    }
    public typealias Response = RPCNothing
}

/// Joins a client to the container's stdio. Sent with one descriptor: a stream socket that the shim reads stdin from and
/// writes output to, in Docker's attach format (8-byte frame heads, or raw bytes for a terminal).
/// Returns when the attachment ends; the socket's end of file from the client is a half-close of stdin.
public enum AttachContainer: RPCMethod {
    public static let name = "shim.attach"
    public struct Request: Codable, Sendable {
        public var stdin: Bool
        public var stdout: Bool
        public var stderr: Bool
        /// First sends what the log holds, with nothing lost or doubled between that and the live output.
        public var logs: Bool
        /// Goes on with live output; false sends the logs only.
        public var stream: Bool
        /// The key sequence that detaches, as bytes; empty for none.
        public var detachKeys: [UInt8]
        /// nil when the descriptor is one end of a relay.
        public var client: HandedClient?
        public init(
            stdin: Bool, stdout: Bool, stderr: Bool, logs: Bool = false, stream: Bool = true, detachKeys: [UInt8] = [],
            client: HandedClient? = nil
        ) {
            self.client = client
            self.stdin = stdin
            self.stdout = stdout
            self.stderr = stderr
            self.logs = logs
            self.stream = stream
            self.detachKeys = detachKeys
        }
    }
    public struct Response: Codable, Sendable {
        /// The client typed the detach keys.
        public var detached: Bool
        public init(detached: Bool) { self.detached = detached }
    }
}

/// Runs another process in the container. With one descriptor, it is the client's stream as in `AttachContainer`; with none,
/// output is discarded.
/// Returns once the process has been executed. Errors: conflict when not running or paused; as `StartContainer` for the command itself.
public enum StartExec: RPCMethod {
    public static let name = "shim.exec.start"
    public struct Request: Codable, Sendable {
        public var execID: String
        public var process: ProcessSpec
        public var privileged: Bool
        public var stdin: Bool
        public var stdout: Bool
        public var stderr: Bool
        public var detachKeys: [UInt8]
        /// The client takes output as it is, without frames, or with them; nil for what suits the process.
        public var isRaw: Bool?
        /// nil when the descriptor is one end of a relay, or there is none.
        public var client: HandedClient?
        public init(
            execID: String, process: ProcessSpec, privileged: Bool = false, stdin: Bool = false, stdout: Bool = true,
            stderr: Bool = true, detachKeys: [UInt8] = [], isRaw: Bool? = nil, client: HandedClient? = nil
        ) {
            self.isRaw = isRaw
            self.client = client
            self.execID = execID
            self.process = process
            self.privileged = privileged
            self.stdin = stdin
            self.stdout = stdout
            self.stderr = stderr
            self.detachKeys = detachKeys
        }
    }
    public typealias Response = ExecState
}

/// Whether each call gets a line in the shim's log from now on, with its trace.
public enum NoteCalls: RPCMethod {
    public static let name = "shim.calls.note"
    public struct Request: Codable, Sendable {
        public var notes: Bool
        public init(notes: Bool) { self.notes = notes }
    }
    public typealias Response = RPCNothing
}

/// The processes of the container, in the host's numbering.
public enum ListProcesses: RPCMethod {
    public static let name = "shim.processes"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var pids: [Int32]
        public init(pids: [Int32]) { self.pids = pids }
    }
}

/// Acknowledges the exit record, or gives up a container that was never started. The shim removes the container's cgroup,
/// its socket and directory, answers, and ends. Errors: conflict while the container runs.
public enum ReleaseShim: RPCMethod {
    public static let name = "shim.release"
    public struct Request: Codable, Sendable {
        /// Removes the container's directory (logs and exit record) too.
        public var removesContainerDirectory: Bool
        public init(removesContainerDirectory: Bool = false) { self.removesContainerDirectory = removesContainerDirectory }
    }
    public typealias Response = RPCNothing
}

/// Asks a fresh shim to end a container whose own shim doesn't answer: kills that shim, and every process of the container. What is left
/// is for `RecoverContainer`. The fresh shim ends afterwards. Errors: notFound when no shim holds the container; `internalError` when
/// the shim hangs in the kernel: the container's processes are killed then, too.
public enum KillShim: RPCMethod {
    public static let name = "shim.kill"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var root: String
        public var run: String
        public var cgroupParent: String
        public init(containerID: String, root: String, run: String, cgroupParent: String) {
            self.containerID = containerID
            self.root = root
            self.run = run
            self.cgroupParent = cgroupParent
        }
    }
    public typealias Response = RPCNothing
}

/// Asks a fresh shim to clean up after a container whose shim is gone: kills what is left in its cgroup, removes cgroup, socket and
/// run directory, and returns the exit record if one was written. The shim ends afterwards.
public enum RecoverContainer: RPCMethod {
    public static let name = "shim.recover"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var root: String
        public var run: String
        public var cgroupParent: String
        /// Removes the container's directory (logs and exit record) too.
        public var removesContainerDirectory: Bool
        public init(containerID: String, root: String, run: String, cgroupParent: String, removesContainerDirectory: Bool = false) {
            self.containerID = containerID
            self.root = root
            self.run = run
            self.cgroupParent = cgroupParent
            self.removesContainerDirectory = removesContainerDirectory
        }
    }
    public struct Response: Codable, Sendable {
        public var exit: ExitRecord?
        public init(exit: ExitRecord?) { self.exit = exit }
    }
}
