// Whom queries are passed on to, in which order, and whose answer counts.
import Testing

@testable import NetworkServer

struct ForwardRaceTests {
    private static let upstreams = (1...4).map { number in
        Upstream(address: IPAddress(family: .v4, value: 0x0a00_0000 + UInt128(number)), isHosts: false)
    }
    private static let (a, b, c) = (upstreams[0], upstreams[1], upstreams[2])

    @Test func theNextIsAskedAfterTheHeadStart() {
        var race = ForwardRace(Self.upstreams, at: 1000)
        #expect(race.take(at: 1000) == [Self.a])
        #expect(race.nextDue == 1200)
        #expect(race.take(at: 1199) == [])
        #expect(race.take(at: 1200) == [Self.b])
        #expect(race.take(at: 1400) == [Self.c])
        #expect(race.silent(at: 1400).count == 2)
        #expect(race.take(at: 2000) == [Self.a])
        #expect(race.heard(Self.c, .conclusive, at: 2001) == .won)
    }

    @Test func aRefusalBringsTheNextAtOnce() {
        var race = ForwardRace(Self.upstreams, at: 0)
        #expect(race.take(at: 0) == [Self.a])
        #expect(race.heard(Self.a, .refusal, at: 5) == .wait)
        #expect(race.nextDue <= 5)
        #expect(race.take(at: 5) == [Self.b])
        #expect(race.heard(Self.b, .unreachable, at: 6) == .wait)
        #expect(race.take(at: 6) == [Self.c])
        #expect(race.heard(Self.c, .refusal, at: 7) == .lost)
    }

    @Test func aRefusalDoesNotHurryWhileAnotherIsAsked() {
        var race = ForwardRace([Self.a, Self.b, Self.c], at: 0)
        _ = race.take(at: 0)
        _ = race.take(at: 200)
        #expect(race.heard(Self.a, .refusal, at: 210) == .wait)
        #expect(race.nextDue == 400)
    }

    /// The first may know a name that the second doesn't.
    @Test func thatThereIsNothingCountsWhenThoseBeforeHaveSpoken() {
        func race() -> ForwardRace {
            var race = ForwardRace(Self.upstreams, at: 0)
            for time: Milliseconds in [0, 200, 400] { _ = race.take(at: time) }
            return race
        }
        var first = race()
        #expect(first.heard(Self.a, .negative, at: 410) == .won)
        var known = race()
        #expect(known.heard(Self.b, .negative, at: 410) == .wait)
        #expect(known.heard(Self.a, .conclusive, at: 500) == .won)
        var refused = race()
        #expect(refused.heard(Self.c, .negative, at: 410) == .wait)
        #expect(refused.heard(Self.a, .refusal, at: 420) == .wait)
        #expect(refused.heard(Self.b, .unreachable, at: 430) == .settled)
        var silent = race()
        #expect(silent.heard(Self.b, .negative, at: 410) == .wait)
        _ = silent.take(at: 1999)
        #expect(silent.nextDue == 2000 && !silent.isSettled(at: 1999) && silent.isSettled(at: 2000))
        #expect(silent.hadItsTime(Self.a, at: 2000) && !silent.hadItsTime(Self.b, at: 2000))
    }

    /// The order of asking isn't that of knowing, and the dead aren't waited for.
    @Test func whoIsWaitedFor() {
        var late = ForwardRace([Self.b, Self.a], configured: [Self.a, Self.b], at: 0)
        _ = late.take(at: 0)
        #expect(late.heard(Self.b, .negative, at: 5) == .wait)
        #expect(late.take(at: 5) == [Self.a])
        #expect(late.heard(Self.a, .negative, at: 9) == .won)
        var dead = ForwardRace([Self.b, Self.a], configured: [Self.a, Self.b], dead: [Self.a], at: 0)
        _ = dead.take(at: 0)
        #expect(dead.heard(Self.b, .negative, at: 5) == .won)
        var health = UpstreamHealth()
        health.failed(Self.a, at: 0, isDead: true)
        health.failed(Self.a, at: 1, isDead: false)
        #expect(health.isDead(Self.a))
        health.answered(Self.a)
        #expect(!health.isDead(Self.a))
    }

    @Test func oneAloneIsAskedAgainAndThenGivenUp() {
        var race = ForwardRace([Self.a], at: 0)
        #expect(race.take(at: 0) == [Self.a])
        #expect(race.take(at: 1000) == [Self.a])
        #expect(race.take(at: 2000) == [Self.a])
        #expect(race.nextDue == 4000)
        #expect(race.heard(Self.a, .refusal, at: 2001) == .lost)
    }

    @Test func deadOnesAreAskedLast() {
        var health = UpstreamHealth()
        #expect(health.order([Self.a, Self.b], at: 0).order == [Self.a, Self.b])
        health.failed(Self.a, at: 0, isDead: false)
        #expect(health.order([Self.a, Self.b], at: 10).order == [Self.b, Self.a])
        #expect(health.order([Self.a, Self.b], at: 10).probe == nil)
        let later = health.order([Self.a, Self.b], at: 10_001)
        #expect(later.order == [Self.b, Self.a] && later.probe == Self.a)
        #expect(health.order([Self.a, Self.b], at: 10_002).probe == nil)
        var race = ForwardRace(later.order, probe: later.probe, at: 10_001)
        #expect(Set(race.take(at: 10_001)) == [Self.a, Self.b])
        health.answered(Self.a)
        #expect(health.order([Self.a, Self.b], at: 10_003).order == [Self.a, Self.b])
    }

    @Test func whoseServers() throws {
        let host = try ["127.0.0.53", "192.0.2.1", "2001:db8::1"].map { try #require(IPAddress($0)) }
        var client = ResolverClient(id: "c", memberships: [])
        #expect(client.upstreams(host: host).map(\.isHosts) == [true, false, true])
        client.hasIPv6 = true
        #expect(client.upstreams(host: host).map(\.isHosts) == [true, false, false])
        client.isConfined = true
        #expect(client.upstreams(host: host).map(\.address) == Array(host.dropFirst()))
        #expect(client.upstreams(host: []).map(\.address.description) == ["8.8.8.8", "8.8.4.4"])
        client.servers = try ["127.0.0.1", "127.0.0.11"].map { try #require(IPAddress($0)) }
        #expect(client.upstreams(host: host) == [Upstream(address: try #require(IPAddress("127.0.0.1")), isHosts: false)])
    }

    @Test func onlyTheAnswerIsAnAnswer() throws {
        let query = try DNSSamples.query("Web.example", id: 1)
        let sent = try #require(ForwardedQuery(query, id: 0x7777))
        #expect(try DNSMessage(parsing: sent.bytes).questions == query.questions)
        func answer(_ name: String, _ type: DNSType = .a, id: UInt16 = 0x7777, _ code: DNSCode = .noError) throws -> [UInt8] {
            try DNSSamples.answer(to: DNSSamples.query(name, type, id: id), code).bytes
        }
        #expect(sent.answer(in: try answer("web.EXAMPLE")) != nil)
        #expect(sent.answer(in: try answer("web.example", id: 0x7778)) == nil)
        #expect(sent.answer(in: try answer("web.example", .aaaa)) == nil)
        #expect(sent.answer(in: try answer("evil.example")) == nil)
        #expect(sent.answer(in: sent.bytes) == nil)
        #expect(sent.answer(in: []) == nil)
        #expect(ForwardRace.Outcome(try DNSMessage(parsing: answer("w", .a, .refused))) == .refusal)
        #expect(ForwardRace.Outcome(try DNSMessage(parsing: answer("w", .a, .noSuchName))) == .negative)
        #expect(ForwardRace.Outcome(try DNSMessage(parsing: answer("w"))) == .conclusive)
        #expect(ForwardRace.Outcome(try DNSSamples.answer(to: query, addresses: 0)) == .negative)
    }
}
