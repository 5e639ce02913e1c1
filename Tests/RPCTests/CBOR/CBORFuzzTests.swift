// Random, mutated and cut bytes: every one an answer or an error, never a trap.
import Testing

@testable import RPC

/// A small generator with a fixed seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) } }
}

@Suite struct CBORFuzzTests {
    typealias Everything = CBORCodableTests.Everything

    private func tryEverything(_ bytes: [UInt8]) {
        attempt(Everything.self, bytes)
        attempt([Everything].self, bytes)
        attempt([String: String].self, bytes)
        attempt([UInt8].self, bytes)
        attempt(CBORCodableTests.Choice.self, bytes)
        attempt(RPCHello.self, bytes)
        attempt(RPCError.self, bytes)
    }

    private func attempt<Value: Codable>(_ type: Value.Type, _ bytes: [UInt8]) {
        do {
            // What can be decoded can be encoded, and then decoded again.
            let value = try CBORDecoder().decode(type, from: bytes)
            _ = try CBORDecoder().decode(type, from: CBOREncoder().encode(value))
        } catch {
            #expect(error is RPCError)
        }
    }

    @Test(arguments: 0..<8) func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 { tryEverything(random.bytes(Int.random(in: 0..<64, using: &random))) }
    }

    @Test(arguments: 0..<8) func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed + 100)
        let original = try CBOREncoder().encode(Everything())
        for _ in 0..<300 {
            var mutated = original
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                mutated[Int.random(in: 0..<mutated.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            tryEverything(mutated)
        }
    }

    @Test func everyTruncationIsAnError() throws {
        let original = try CBOREncoder().encode(Everything())
        for count in 0..<original.count {
            #expect(throws: RPCError.self) { try CBORDecoder().decode(Everything.self, from: Array(original[..<count])) }
        }
    }

    @Test(arguments: 0..<4) func insertionsAndDeletions(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed + 200)
        let original = try CBOREncoder().encode(Everything())
        for _ in 0..<200 {
            var mutated = original
            let start = Int.random(in: 0..<mutated.count, using: &random)
            let end = min(mutated.count, start + Int.random(in: 0..<16, using: &random))
            mutated.replaceSubrange(start..<end, with: random.bytes(Int.random(in: 0..<16, using: &random)))
            tryEverything(mutated)
        }
    }

    @Test func hostileHeads() {
        var random = SeededGenerator(seed: 300)
        for major in UInt8(0)..<8 {
            for info in UInt8(0)..<32 {
                for _ in 0..<4 {
                    let tail = random.bytes(12)
                    tryEverything([major << 5 | info] + tail)
                    tryEverything([major << 5 | info] + [UInt8](repeating: 0xff, count: 12))
                    tryEverything([0xa1, 0x64] + Array("text".utf8) + [major << 5 | info] + tail)
                }
            }
        }
    }

    @Test func requestEnvelopes() throws {
        var random = SeededGenerator(seed: 400)
        let context = RPCContext(traceID: "0123456789abcdef", timeoutNanoseconds: 5)
        let frame = try RPCOutboundFrame.request(method: "test.method", context: context, credit: 100, Everything())
        let body = Array(frame.bytes[12...])
        let request = try RPCIncomingRequest(frame: RPCFrame(.request, stream: 1, body: body))
        #expect(request.method == "test.method")
        #expect(try request.params.decode(Everything.self) == Everything())
        for _ in 0..<2000 {
            var mutated = body
            mutated[Int.random(in: 0..<min(90, mutated.count), using: &random)] = UInt8.random(in: 0...255, using: &random)
            let read = try? RPCIncomingRequest(frame: RPCFrame(.request, stream: 1, body: mutated))
            _ = try? read?.params.decode(Everything.self)
        }
    }
}
