// One query and the name servers it is passed on to: whom to ask when, and whose answer counts.

/// A race: the first is asked at once, each other one when 200 ms have gone by without an answer, or at once when those before
/// have refused. Whoever answers first wins, but that there is nothing counts only when those that come before in the configuration have
/// had their say, or their time: names of a company's own are known to its own servers. What got lost is sent again each second.
struct ForwardRace: Sendable {
    static let headStart: Milliseconds = 200
    static let round: Milliseconds = 1000
    static let rounds = 3
    static let patience: Milliseconds = 4000
    /// So long one is waited for when another says that there is nothing: it can be asked again once.
    static let fairTime: Milliseconds = 2000
    /// As many as dockerd asks.
    static let mostUpstreams = 3

    enum Outcome: Sendable, Equatable {
        /// An answer.
        case conclusive
        /// There is no such name, or nothing of that kind.
        case negative
        /// SERVFAIL, REFUSED and the like: another server may know more.
        case refusal
        /// No way there, or nobody listening.
        case unreachable
    }

    enum Verdict: Sendable, Equatable {
        case wait
        case won
        /// That there is nothing, as was heard before, counts from now on.
        case settled
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
    /// Those that said that there is nothing, when it was too early to say so.
    private var held: Set<Upstream> = []
    /// In the order of the configuration, without those that are waited for in no case.
    private let awaited: [Upstream]
    private let configured: [Upstream]

    /// `upstreams` in the order in which they are asked, `configured` as the configuration has them, nil for the same. `probe` is asked at
    /// once besides the first, and the dead aren't waited for.
    init(
        _ upstreams: [Upstream], configured: [Upstream]? = nil, dead: Set<Upstream> = [], probe: Upstream? = nil, at now: Milliseconds
    ) {
        let order = Array(upstreams.prefix(Self.mostUpstreams))
        let ranks = configured ?? order
        self.upstreams = order
        self.configured = ranks
        awaited = ranks.filter { !dead.contains($0) }
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
        min(attempts.first?.due ?? deadline, settlement ?? deadline, deadline)
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
        out.insert(upstream)
        if outcome == .conclusive { return .won }
        attempts.removeAll { $0.upstream == upstream }
        if outcome == .negative {
            if blockers(of: upstream, at: now).isEmpty { return .won }
            held.insert(upstream)
        }
        if isSettled(at: now) { return .settled }
        if out.isSuperset(of: upstreams) { return .lost }
        if asked.keys.allSatisfy(out.contains), let next = attempts.first {
            let gained = next.due - now
            for index in attempts.indices { attempts[index].due -= max(0, gained) }
        }
        return .wait
    }

    /// That there is nothing has been said, and nobody is left to wait for.
    func isSettled(at now: Milliseconds) -> Bool {
        held.contains { blockers(of: $0, at: now).isEmpty }
    }

    func hadItsTime(_ upstream: Upstream, at now: Milliseconds) -> Bool {
        asked[upstream].map { now - $0 >= Self.fairTime } ?? false
    }

    /// Who goes before it and may still know more.
    private func blockers(of upstream: Upstream, at now: Milliseconds) -> [Upstream] {
        configured.prefix { $0 != upstream }.filter { awaited.contains($0) && !out.contains($0) && !hadItsTime($0, at: now) }
    }

    /// When the first one that said that there is nothing is believed, if nobody else says anything. nil while one that goes before it
    /// hasn't been asked yet.
    private var settlement: Milliseconds? {
        held.compactMap { upstream -> Milliseconds? in
            let waitedFor = configured.prefix { $0 != upstream }.filter { awaited.contains($0) && !out.contains($0) }
            let times = waitedFor.compactMap { asked[$0] }
            return times.count == waitedFor.count ? times.max().map { $0 + Self.fairTime } : nil
        }.min()
    }

    /// Those that were asked long enough ago to have answered, and said nothing.
    func silent(at now: Milliseconds) -> [Upstream] {
        asked.filter { !out.contains($0.key) && now - $0.value >= Self.headStart }.map(\.key)
    }
}
