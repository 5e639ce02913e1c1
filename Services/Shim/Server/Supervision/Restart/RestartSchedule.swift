// Whether and when a container that ended is started again. Pure.
import Contracts

/// Dockerd's back-off: 100 ms at first, doubled from restart to restart up to a minute, and begun anew by a run of 10 s.
struct RestartSchedule: Equatable {
    static let firstDelay: Int64 = 100
    static let longestDelay: Int64 = 60_000
    /// Nanoseconds.
    static let settledRun: UInt64 = 10_000_000_000

    var rule: RestartRule
    /// Restarts so far.
    private(set) var count: Int32 = 0
    /// Somebody wants the container to end, whatever the rule says.
    private(set) var isEnded = false
    /// The next end is followed by a restart, whatever the rule says.
    private var isForced = false
    private var delay: Int64 = 0

    init(_ rule: RestartRule) { self.rule = rule }

    mutating func end() {
        isEnded = true
        isForced = false
    }

    /// Also of one that was ended before, and ran on all the same.
    mutating func force() { isForced = true }

    /// Milliseconds until the restart, which counts from now on; nil when there is none.
    mutating func next(exitCode: Int32, ranFor nanoseconds: UInt64) -> Int64? {
        guard isForced || !isEnded && rule.applies(exitCode: exitCode, restarts: count) else { return nil }
        isForced = false
        delay = delay == 0 || nanoseconds >= Self.settledRun ? Self.firstDelay : min(delay * 2, Self.longestDelay)
        count += 1
        return delay
    }
}
