// Messages that nobody meant: random ones, and good ones with bytes changed, cut off and put in.
import Testing

@testable import NetworkServer

struct DNSFuzzTests {
    /// The same in every run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 29) &* 0xbf58_476d_1ce4_e5b9
        }
    }

    private static func seeds() throws -> [[UInt8]] {
        let query = try DNSSamples.query("web.example.org", payload: 1232)
        let long = try DNSSamples.query("a.b.c.d.e.f.g.h.example.org", .ptr)
        let answers = [try DNSSamples.answer(to: query, addresses: 5), try DNSSamples.answer(to: long, .refused)]
        return [query.bytes, long.bytes] + answers.map(\.bytes)
    }

    private static func mutated(_ seed: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
            let position = Int.random(in: 0...bytes.count, using: &dice)
            let value: UInt8 =
                Bool.random(using: &dice) ? .random(in: 0 ... .max, using: &dice) : [0, 0x3f, 0x40, 0xc0, 0xff][position % 5]
            switch Int.random(in: 0..<4, using: &dice) {
            case 0: bytes.removeLast(bytes.count - position)
            case 1: bytes.insert(value, at: position)
            case 2: if position < bytes.count { bytes.remove(at: position) }
            default: if position < bytes.count { bytes[position] = value }
            }
        }
        return bytes
    }

    /// All that the service does with bytes from a client or from a name server.
    private static func handle(
        _ bytes: [UInt8], _ directory: NameDirectory, _ client: ResolverClient, _ sent: ForwardedQuery
    ) throws -> Bool {
        _ = DNSReply.formatError(to: bytes)
        #expect(sent.answer(in: bytes) == nil || bytes.starts(with: sent.bytes.prefix(2)))
        guard let message = try? DNSMessage(parsing: bytes) else { return false }
        let limit = DNSReply.datagramLimit(of: message)
        if case .answer(let code, let answers) = ResolverVerdict(message, from: client, directory) {
            let reply = DNSReply.make(to: message, code, answers, limit: limit)
            #expect(throws: Never.self) { _ = try DNSMessage(parsing: reply) }
            #expect(reply.count <= max(limit, 512))
        }
        var cache = AnswerCache()
        if let key = AnswerCache.Key(client: "c", query: message) {
            cache.store(message, for: key, at: 0)
            _ = cache.answer(key, at: 3000)
        }
        for record in message.records {
            #expect(record.data.upperBound <= bytes.count)
            _ = ReverseName.address(record.name)
        }
        _ = DNSReply.pass(message, to: message, limit: limit)
        return true
    }

    @Test func nothingTraps() throws {
        var dice = Dice(state: 0x0bad_cafe)
        var directory = NameDirectory()
        directory.join(network: "n", named: "backend", NetworkMember(containerID: "c", names: ["web"], addresses: [.anyIPv4]))
        let client = ResolverClient(id: "c", memberships: [.init(networkID: "n")])
        let sent = try #require(ForwardedQuery(DNSSamples.query("web.example.org"), id: 0x4242))
        let seeds = try Self.seeds()
        var readable = 0
        for round in 0..<40_000 {
            let bytes =
                round % 4 == 0
                ? (0..<Int.random(in: 0...120, using: &dice)).map { _ in UInt8.random(in: 0 ... .max, using: &dice) }
                : Self.mutated(seeds[round % seeds.count], &dice)
            if try Self.handle(bytes, directory, client, sent) { readable += 1 }
        }
        #expect(readable > 1000)
    }
}
