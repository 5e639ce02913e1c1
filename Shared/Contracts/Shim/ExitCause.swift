// Why a container ended, as far as its shim knows.

public struct ExitCause: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        /// By itself, with an exit code.
        case exited
        /// By a signal that came neither from the engine nor from the kernel for want of memory.
        case signal
        /// The kernel killed a process for lack of memory.
        case outOfMemory
        /// A client asked for it: stop, kill, restart or removal.
        case requested
        /// A client asked it to stop; it didn't in time, and was killed.
        case stopTimeout
        /// It was unhealthy.
        case unhealthy
        /// It could not be started again.
        case startFailure
    }

    public var kind: Kind
    /// The name of the signal that ended it or was sent to end it: `KILL`.
    public var signal: String?
    /// The request that ended it (`stop`, `kill`, `restart`, `remove` or `checkpoint`) and who made it, as far as that is known.
    public var request: String?
    /// The most memory it had, in bytes; nil where the kernel doesn't tell.
    public var memoryPeak: Int64?
    /// Bytes; nil without a limit.
    public var memoryLimit: Int64?
    /// A core was dumped.
    public var dumpedCore: Bool

    public init(
        _ kind: Kind, signal: String? = nil, request: String? = nil, memoryPeak: Int64? = nil, memoryLimit: Int64? = nil,
        dumpedCore: Bool = false
    ) {
        self.kind = kind
        self.signal = signal
        self.request = request
        self.memoryPeak = memoryPeak
        self.memoryLimit = memoryLimit
        self.dumpedCore = dumpedCore
    }
}
