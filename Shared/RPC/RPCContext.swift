// What travels with every request besides its parameters.

/// The circumstances of a call: whom it is for, how long it may take, and the trace it belongs to.
public struct RPCContext: Sendable, Equatable {
    /// Ties together what all processes log and record for one user action. 16 hexadecimal digits.
    public var traceID: String
    /// Nanoseconds the callee has left, counted from the receipt of the request; nil for no limit.
    public var timeoutNanoseconds: UInt64?
    /// What the call may not do, because its client may not, in the words that the contracts define; empty for no limit.
    public var scope = ""
    /// The peer's credentials, filled in by the callee's transport; nil on the caller's side.
    public var peer: RPCPeer?

    public init(traceID: String, timeoutNanoseconds: UInt64? = nil, peer: RPCPeer? = nil) {
        self.traceID = traceID
        self.timeoutNanoseconds = timeoutNanoseconds
        self.peer = peer
    }
}

/// The process at the other end of a connection, as the kernel reports it (`SO_PEERCRED`).
public struct RPCPeer: Sendable, Equatable {
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32

    public init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }
}

extension RPCContext {
    /// A context for a new user action: a random trace id, and a time limit if one is given.
    public static func fresh(timeout: Duration? = nil) -> RPCContext {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        let traceID = String(repeating: "0", count: 16 - digits.count) + digits
        return RPCContext(traceID: traceID, timeoutNanoseconds: timeout?.clampedNanoseconds)
    }
}

extension Duration {
    /// Whole nanoseconds; a negative duration is none, and one of more than 584 years is the longest there is.
    public var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
        return overflow || carry ? .max : sum
    }
}
