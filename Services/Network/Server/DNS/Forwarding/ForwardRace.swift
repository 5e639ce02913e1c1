// One query and the name servers it is passed on to: whom to ask when, and whose answer counts.

/// A race: the first is asked at once, each other one when 200 ms have gone by without an answer, or at once when those before
/// have refused. Whoever answers first wins. What got lost is sent again each second.
struct ForwardRace: Sendable {
    static let headStart: Milliseconds = 200
    static let round: Milliseconds = 1000
    static let rounds = 3
    static let patience: Milliseconds = 4000
    /// As many as dockerd asks.
    static let mostUpstreams = 3

    enum Outcome: Sendable, Equatable {
        /// An answer, or that there is no such name: both are final.
        case conclusive
        /// SERVFAIL, REFUSED and the like: another server may know more.
        case refusal
        /// No way there, or nobody listening.
        case unreachable
    }

    enum Verdict: Sendable, Equatable {
        case wait
        case won
        /// All have refused or can't be reached.
        case lost
    }

    private struct Attempt: Sendable {
        let upstream: Upstream
        var due: Milliseconds
    }

    let upstreams: [Upstream]
    let start: Milliseconds
    private var attempts: [Attempt]
    private var asked: [Upstream: Milliseconds] = [:]
    private var out: Set<Upstream> = []

    /// `probe` is asked at once besides the first.
    init(_ upstreams: [Upstream], probe: Upstream? = nil, at now: Milliseconds) {
        self.upstreams = Array(upstreams.prefix(Self.mostUpstreams))
        start = now
        attempts = (0..<Self.rounds).flatMap { [upstreams = self.upstreams] round in
            upstreams.enumerated().map { position, upstream in
                let delay = round == 0 && upstream == probe ? 0 : Milliseconds(position) * Self.headStart
                return Attempt(upstream: upstream, due: now + Milliseconds(round) * Self.round + delay)
            }
        }
        attempts.sort { $0.due < $1.due }
    }

    /// When there is something to do next.
    var nextDue: Milliseconds {
        min(attempts.first?.due ?? deadline, deadline)
    }

    var deadline: Milliseconds { start + Self.patience }

    /// Whom to ask now.
    mutating func take(at now: Milliseconds) -> [Upstream] {
        var due: [Upstream] = []
        while let attempt = attempts.first, attempt.due <= now {
            attempts.removeFirst()
            if !due.contains(attempt.upstream) { due.append(attempt.upstream) }
            if asked[attempt.upstream] == nil { asked[attempt.upstream] = now }
        }
        return due
    }

    /// One that refuses isn't asked again, and the next one's turn comes at once.
    mutating func heard(_ upstream: Upstream, _ outcome: Outcome, at now: Milliseconds) -> Verdict {
        if outcome == .conclusive { return .won }
        out.insert(upstream)
        attempts.removeAll { $0.upstream == upstream }
        if out.isSuperset(of: upstreams) { return .lost }
        if asked.keys.allSatisfy(out.contains), let next = attempts.first {
            let gained = next.due - now
            for index in attempts.indices { attempts[index].due -= max(0, gained) }
        }
        return .wait
    }

    /// Those that were asked long enough ago to have answered, and said nothing.
    func silent(at now: Milliseconds) -> [Upstream] {
        asked.filter { !out.contains($0.key) && now - $0.value >= Self.headStart }.map(\.key)
    }
}
