// Following a shim: what it tells that nobody knows, and watches that end as soon as they begin.
import Contracts
import GatewayBackends
@testable import GatewayOrchestration
import GatewayState
import Testing

@Suite(.timeLimit(.minutes(2)))
struct WatchTests {
    @Test func whatNobodyKnowsIsPassedOver() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        let shim = try #require(test.world.shim(id))
        shim.send(.unknown)
        #expect(try await test.eventually { try test.record(id).state.shimNotice == 2 })
        shim.exit(7)
        #expect(try await test.eventually { try test.record(id).state.exitCode == 7 })
        await test.close()
    }

    @Test func watchesThatBreakAtOnceArePausedBetween() async throws {
        let test = try TestEngine()
        test.world.fail("shim.watch")
        let id = try await test.create()
        let begin = ContinuousClock.now
        try await test.start(id)
        #expect(try await test.eventually { test.world.calls.count { $0 == "shim.watch" } >= 5 })
        // 0, 50, 100 and 200 ms between five.
        #expect(begin.duration(to: .now) >= .milliseconds(350))
        test.world.fail("shim.watch", nil)
        test.world.shim(id)?.exit(7)
        #expect(try await test.eventually { try test.record(id).state.exitCode == 7 })
        await test.close()
    }
}
