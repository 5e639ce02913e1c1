// A query that was passed on, until its answer is there.
import Linux

/// Used by the resolver's thread alone.
final class PendingQuery {
    /// A socket on which a name server was asked.
    struct Exchange {
        let socket: Descriptor
        let upstream: Upstream
        let isStream: Bool
        var framing = StreamFraming()
        /// What is still to be sent, on a stream.
        var unsent: ArraySlice<UInt8> = []
    }

    let asker: Asker
    let query: DNSMessage
    let sent: ForwardedQuery
    let cacheKey: AnswerCache.Key?
    /// The namespace that is asked from.
    let path: String
    var race: ForwardRace
    var exchanges: [UInt64: Exchange] = [:]
    var timer: EventLoop.Timer?
    /// The best there is should nobody win: a refusal, or an answer that was cut.
    var fallback: DNSMessage?

    init(asker: Asker, query: DNSMessage, sent: ForwardedQuery, cacheKey: AnswerCache.Key?, path: String, race: ForwardRace) {
        self.asker = asker
        self.query = query
        self.sent = sent
        self.cacheKey = cacheKey
        self.path = path
        self.race = race
    }
}
