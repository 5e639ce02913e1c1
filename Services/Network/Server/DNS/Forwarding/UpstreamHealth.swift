// Remembers which name servers leave queries unanswered.

/// Milliseconds of a clock that only goes forward.
typealias Milliseconds = Int64

/// A memory of failures, shared by all sandboxes. It says whom to ask first, and never whom not to ask.
struct UpstreamHealth: Sendable {
    /// For so long one that didn't answer is asked after the others; then one query tries it again.
    static let suspicion: Milliseconds = 10_000
    /// More than any engine has; beyond that the memory begins anew.
    static let capacity = 4096

    private struct Suspicion: Sendable {
        var end: Milliseconds
        var isDead: Bool
    }

    private var suspects: [Upstream: Suspicion] = [:]

    /// Those that answer first, in the order they were given in, and who else is asked at once to see whether it answers again.
    mutating func order(_ upstreams: [Upstream], at now: Milliseconds) -> (order: [Upstream], probe: Upstream?) {
        let good = upstreams.filter { suspects[$0] == nil }
        let bad = upstreams.filter { suspects[$0] != nil }
        let probe = good.isEmpty ? nil : bad.first { (suspects[$0]?.end ?? now) <= now }
        if let probe { suspects[probe]?.end = now + Self.suspicion }
        return (good + bad, probe)
    }

    mutating func answered(_ upstream: Upstream) {
        suspects[upstream] = nil
    }

    /// `isDead` when it had all the time that one gets; until it answers again, it isn't waited for.
    mutating func failed(_ upstream: Upstream, at now: Milliseconds, isDead: Bool) {
        if suspects.count >= Self.capacity { suspects = [:] }
        suspects[upstream] = Suspicion(end: now + Self.suspicion, isDead: isDead || suspects[upstream]?.isDead ?? false)
    }

    func isDead(_ upstream: Upstream) -> Bool { suspects[upstream]?.isDead ?? false }
}
