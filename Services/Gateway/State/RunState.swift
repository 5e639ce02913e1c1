// Where a container stands: what of its record changes while it lives.
public import Contracts

/// Where a container stands, with what exists only then.
public enum RunPhase: Codable, Sendable, Equatable {
    /// Made, never started with success.
    case created
    case running(RunningContainer)
    case paused(RunningContainer)
    /// Has ended; its shim will start it again.
    case restarting
    case exited
    /// Being removed; a removal that a crash interrupted is finished at the next start-up.
    case removing
    /// A removal failed: it can only be removed again.
    case dead
}

/// The part of a container's record that changes after its creation.
public struct RunState: Codable, Sendable, Equatable {
    public private(set) var phase: RunPhase
    /// The exit code of the last run, or of the failed attempt to start it.
    public private(set) var exitCode: Int32
    /// Words for `State.Error`, empty as a rule.
    public private(set) var error: String
    public private(set) var outOfMemory: Bool
    /// Nanoseconds since 1970; 0 for never.
    public private(set) var startedAt: Int64
    /// Nanoseconds since 1970, of the last run that ended; 0 for never.
    public private(set) var finishedAt: Int64
    /// What the network service gave it, nil while it has none.
    public var sandbox: SandboxRecord?
    /// Of the networks it was on in its last run, by name; nil before the first that ended.
    public private(set) var lastNetworkIDs: [String: String]?
    /// A user stopped it: what `unless-stopped` goes by.
    public var wasStoppedByUser: Bool
    public var restartCount: Int
    /// The last notice of its shim that is in this state; nil when its shim has told nothing yet.
    public var shimNotice: UInt64?
    /// nil without a health check, and before the first start.
    public var health: HealthReport?
    /// Why it last ended, as far as it is known.
    public private(set) var cause: ExitCause?
    /// A shim had it, so that there are a log and perhaps an exit record to remove.
    public var hasFiles: Bool
    /// Others are being told of a new name or new limits that aren't on record yet; nil for no.
    public var isChanging: Bool?
    /// A commit has it paused, or is about to, and resumes it; nil for no.
    public var isPausedForCommit: Bool?
    /// A removal takes the anonymous volumes along; nil for no.
    public var removesVolumes: Bool?

    public init() {
        phase = .created
        exitCode = 0
        error = ""
        outOfMemory = false
        startedAt = 0
        finishedAt = 0
        wasStoppedByUser = false
        restartCount = 0
        hasFiles = false
    }

    /// The process, running or paused.
    public var process: RunningContainer? {
        switch phase {
        case .running(let process), .paused(let process): process
        case .created, .restarting, .exited, .removing, .dead: nil
        }
    }

    /// Runs, is paused, or will run again by itself: what Docker calls running.
    public var isActive: Bool { process != nil || isRestarting }

    public var isRestarting: Bool { phase == .restarting }

    public var isPaused: Bool {
        if case .paused = phase { true } else { false }
    }

    /// Runs, and is not paused.
    public var isRunning: Bool {
        if case .running = phase { true } else { false }
    }

    /// Docker's word for it: `State.Status`.
    public var status: String {
        switch phase {
        case .created: "created"
        case .running: "running"
        case .paused: "paused"
        case .restarting: "restarting"
        case .exited: "exited"
        case .removing: "removing"
        case .dead: "dead"
        }
    }
}

extension RunState {
    /// Records that somebody started it.
    public mutating func start(_ process: RunningContainer, in sandbox: SandboxRecord?, isChecked: Bool = false) {
        begin(process)
        wasStoppedByUser = false
        restartCount = 0
        shimNotice = nil
        self.sandbox = sandbox
        if isChecked, health == nil { health = HealthReport() }
        if !isChecked { health = nil }
    }

    /// Records that its process began, also when its shim started it again.
    public mutating func begin(_ process: RunningContainer) {
        phase = .running(process)
        startedAt = process.startedAt
        exitCode = 0
        error = ""
        outOfMemory = false
        cause = nil
        isPausedForCommit = nil
        health?.begin()
    }

    /// An attempt to start it failed: it is what it was before, with the reason to be read.
    public mutating func failToStart(exitCode: Int32, error: String) {
        self.exitCode = exitCode
        self.error = error
        sandbox = nil
    }

    public mutating func pause() {
        guard case .running(let process) = phase else { return }
        phase = .paused(process)
    }

    public mutating func resume() {
        guard case .paused(let process) = phase else { return }
        phase = .running(process)
        isPausedForCommit = nil
    }

    /// What the network gave it is given back; only the paths of its files and the networks' IDs stay known.
    public mutating func exit(_ record: ExitRecord) {
        phase = .exited
        if let endpoints = sandbox?.endpoints, !endpoints.isEmpty {
            lastNetworkIDs = Dictionary(endpoints.map { ($0.networkName, $0.networkID) }) { first, _ in first }
        }
        sandbox?.endpoints = []
        sandbox?.ports = []
        sandbox?.namespacePath = ""
        end(record)
    }

    /// It has left a network, which it may join again under another ID.
    public mutating func forgetNetwork(named name: String) {
        lastNetworkIDs?[name] = nil
    }

    /// Records an end after which the shim starts the container again: it keeps what the network gave it.
    public mutating func restart(after notice: RestartNotice) {
        phase = .restarting
        restartCount = Int(notice.count)
        end(notice.exit)
    }

    private mutating func end(_ record: ExitRecord) {
        exitCode = record.exitCode
        error = record.message
        outOfMemory = record.outOfMemory
        if record.startedAt > 0 { startedAt = record.startedAt }
        finishedAt = record.finishedAt
        cause = record.cause
        health?.status = .unhealthy
    }

    public mutating func beginRemoval() {
        phase = .removing
    }

    public mutating func failRemoval(_ reason: String) {
        phase = .dead
        error = reason
    }

    /// The kernel killed one of its processes for lack of memory; it may run on.
    public mutating func runOutOfMemory() {
        outOfMemory = true
    }
}
