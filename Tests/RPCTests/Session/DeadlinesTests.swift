// The order of deadlines, and that those of ended calls don't pile up.
import Testing

@testable import RPC

@Suite struct DeadlinesTests {
    @Test func comeInOrder() {
        var random = SeededGenerator(seed: 1)
        var deadlines = RPCDeadlines<Int>()
        let due = (0..<500).map { _ in UInt64.random(in: 0...10_000, using: &random) }
        for (call, time) in due.enumerated() { deadlines.set(time, for: call) }
        for call in stride(from: 0, to: 500, by: 3) { deadlines.remove(call) }
        var expired: [UInt64] = []
        while let next = deadlines.next {
            let early = next == 0 ? nil : deadlines.takeExpired(at: next - 1)
            #expect(early == nil)
            guard let call = deadlines.takeExpired(at: next) else { break }
            #expect(call % 3 != 0)
            expired.append(due[call])
        }
        #expect(expired == due.enumerated().filter { $0.offset % 3 != 0 }.map(\.element).sorted())
    }

    @Test func endedCallsAreForgotten() {
        var deadlines = RPCDeadlines<Int>()
        for call in 0..<100_000 {
            deadlines.set(.max, for: call)
            deadlines.remove(call)
        }
        let (next, expired) = (deadlines.next, deadlines.takeExpired(at: .max))
        #expect(next == nil)
        #expect(expired == nil)
    }

    @Test func windowsGiveBackInPortions() {
        var window = RPCWindow(size: 100)
        // The last item may exceed what is left.
        let received = [window.receive(1000), window.receive(1)]
        let given = [window.consume(49), window.consume(951)]
        let again = window.receive(1)
        #expect(received == [true, false])
        #expect(given == [nil, 1000])
        #expect(again)
    }

    @Test func durationsBecomeNanoseconds() {
        #expect(Duration.milliseconds(1500).clampedNanoseconds == 1_500_000_000)
        #expect(Duration.seconds(-1).clampedNanoseconds == 0)
        #expect(Duration.seconds(Int64.max).clampedNanoseconds == .max)
        #expect(RPCContext.fresh(timeout: .seconds(2)).timeoutNanoseconds == 2_000_000_000)
        #expect(RPCContext.fresh().traceID.count == 16)
        #expect(RPCContext.fresh().traceID != RPCContext.fresh().traceID)
    }
}
