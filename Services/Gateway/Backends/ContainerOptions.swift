// The parameters of container requests, decoded.
import Models

/// How a container is stopped.
public struct StopOptions: Sendable, Equatable {
    /// Seconds before KILL; -1 waits for ever, nil takes the container's own.
    public var timeout: Int?
    /// A name with or without `SIG`, or a number; nil takes the container's own.
    public var signal: String?

    public init(timeout: Int? = nil, signal: String? = nil) {
        self.timeout = timeout
        self.signal = signal
    }
}

/// How a container is removed.
public struct RemoveOptions: Sendable, Equatable {
    /// Removes anonymous volumes too.
    public var volumes: Bool
    /// Kills it first if need be.
    public var force: Bool
    /// Removes the link of this name and nothing else.
    public var link: Bool

    public init(volumes: Bool = false, force: Bool = false, link: Bool = false) {
        self.volumes = volumes
        self.force = force
        self.link = link
    }
}

/// What a waiter waits for.
public enum WaitCondition: String, Sendable, Equatable, CaseIterable {
    case notRunning = "not-running"
    case nextExit = "next-exit"
    case removed
}

/// A registered waiter.
public struct PendingWait: Sendable {
    private let outcome: @Sendable () async throws -> ContainerWaitResponse

    /// - Parameter outcome: Returns when the condition is met; throws `CancellationError` when its task is cancelled.
    public init(_ outcome: @escaping @Sendable () async throws -> ContainerWaitResponse) { self.outcome = outcome }

    /// Called once.
    public func value() async throws -> ContainerWaitResponse { try await outcome() }
}

/// What list is asked for.
public struct ContainerListQuery: Sendable, Equatable {
    /// The keys that list accepts.
    public static let filterKeys: Set<String> = [
        "ancestor", "before", "exited", "expose", "health", "id", "isolation", "is-task", "label", "name", "network", "publish", "since",
        "status", "volume",
    ]

    /// Includes containers that don't run.
    public var all: Bool
    /// The newest so many, whatever their state; nil for no limit.
    public var limit: Int?
    public var size: Bool
    public var filters: Filters

    public init(all: Bool = false, limit: Int? = nil, size: Bool = false, filters: Filters = Filters()) {
        self.all = all
        self.limit = limit
        self.size = size
        self.filters = filters
    }
}

/// What prune is asked for.
public struct ContainerPruneQuery: Sendable, Equatable {
    /// The keys that prune accepts.
    public static let filterKeys: Set<String> = ["label", "label!", "until"]

    public var filters: Filters
    /// Created before, in nanoseconds since 1970; nil for no bound.
    public var until: Int64?

    public init(filters: Filters = Filters(), until: Int64? = nil) {
        self.filters = filters
        self.until = until
    }
}

/// What an attachment joins.
public struct AttachOptions: Sendable, Equatable {
    public var stdin: Bool
    public var stdout: Bool
    public var stderr: Bool
    /// What was written so far comes first.
    public var logs: Bool
    /// Goes on with what is written from now on.
    public var stream: Bool
    /// As Docker writes them: `ctrl-p,ctrl-q`; nil for the default.
    public var detachKeys: String?

    public init(stdin: Bool, stdout: Bool, stderr: Bool, logs: Bool, stream: Bool, detachKeys: String? = nil) {
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.logs = logs
        self.stream = stream
        self.detachKeys = detachKeys
    }
}
