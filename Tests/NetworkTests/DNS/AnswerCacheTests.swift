// What is kept of other servers' answers, and for how long.
import Testing

@testable import NetworkServer

struct AnswerCacheTests {
    private func stored(ttl: UInt32, _ code: DNSCode = .noError, truncated: Bool = false) throws -> (AnswerCache, AnswerCache.Key) {
        var cache = AnswerCache()
        let query = try DNSSamples.query("web.example")
        let key = try #require(AnswerCache.Key(client: "c1", query: query))
        cache.store(try DNSSamples.answer(to: query, code, ttl: ttl, truncated: truncated), for: key, at: 1000)
        return (cache, key)
    }

    @Test func timeIsTakenOff() throws {
        let (cache, key) = try stored(ttl: 300)
        #expect(cache.answer(key, at: 1999)?.answers.first?.ttl == 300)
        #expect(cache.answer(key, at: 4000)?.answers.first?.ttl == 297)
        #expect(cache.answer(key, at: 6000) == nil)
    }

    @Test func notLongerThanItSays() throws {
        let (cache, key) = try stored(ttl: 2)
        #expect(cache.answer(key, at: 2999) != nil)
        #expect(cache.answer(key, at: 3000) == nil)
    }

    @Test func whatIsNotKept() throws {
        for (cache, _) in [try stored(ttl: 0), try stored(ttl: 60, .serverFailure), try stored(ttl: 60, truncated: true)] {
            #expect(cache.count == 0)
        }
        #expect(try stored(ttl: 60, .noSuchName).0.count == 1)
    }

    @Test func eachSandboxHasItsOwn() throws {
        var (cache, key) = try stored(ttl: 60)
        let query = try DNSSamples.query("WEB.example")
        #expect(cache.answer(try #require(AnswerCache.Key(client: "c1", query: query)), at: 1000) != nil)
        #expect(cache.answer(try #require(AnswerCache.Key(client: "c2", query: query)), at: 1000) == nil)
        cache.forget(client: "c1")
        #expect(cache.answer(key, at: 1000) == nil)
    }

    @Test func extensionsAreAnotherQuestion() throws {
        let (cache, _) = try stored(ttl: 60)
        let query = try DNSSamples.query("web.example", payload: 1232)
        #expect(cache.answer(try #require(AnswerCache.Key(client: "c1", query: query)), at: 1000) == nil)
    }

    @Test func itIsBounded() throws {
        var cache = AnswerCache()
        for number in 0..<10_000 {
            let query = try DNSSamples.query("h\(number).example")
            cache.store(try DNSSamples.answer(to: query), for: try #require(AnswerCache.Key(client: "c", query: query)), at: 0)
        }
        #expect(cache.count <= 2 * AnswerCache.capacity)
    }
}
