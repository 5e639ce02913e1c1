// Containers that go with their end: whoever waits for that is told, and what failed is tried again.
import Contracts
import GatewayBackends
@testable import GatewayOrchestration
import GatewayState
import Models
import RPC
import Testing

@Suite(.timeLimit(.minutes(2)))
struct AutoRemovalTests {
    private func running(_ test: TestEngine) async throws -> String {
        let id = try await test.create { config, host in
            host.autoRemove = true
            config.volumes = ["/data": EmptyObject()]
        }
        try await test.start(id)
        return id
    }

    @Test func whoWaitsIsToldOfAFailureAndWhatMayPassIsTriedAgain() async throws {
        let test = try TestEngine()
        let id = try await running(test)
        let wait = try await test.engine.wait(id, for: .removed, context: .fresh())
        test.world.fail("images.removeSnapshot", RPCError(.unavailable, "gone for now"))
        test.world.shim(id)?.exit(3)
        let outcome = try await wait.value()
        #expect(outcome.statusCode == 3 && outcome.error?.message == "gone for now")
        #expect(try test.record(id).state.phase == .dead)
        let next = try await test.engine.wait(id, for: .removed, context: .fresh())
        test.world.fail("images.removeSnapshot", nil)
        let removed = try await next.value()
        #expect(removed.statusCode == 3 && removed.error == nil)
        #expect(test.engine.store[id] == nil && test.world.isEmpty && test.world.volumes.isEmpty)
        await test.close()
    }

    @Test func whatWontPassIsTold() async throws {
        let test = try TestEngine()
        let id = try await running(test)
        let wait = try await test.engine.wait(id, for: .removed, context: .fresh())
        test.world.fail("images.removeSnapshot", RPCError(.internalError, "broken"))
        test.world.shim(id)?.exit(0)
        #expect(try await wait.value().error?.message == "broken")
        // The removal is given up, so that a user can try.
        test.world.fail("images.removeSnapshot", nil)
        try await test.engine.remove(id, RemoveOptions(), context: .fresh())
        #expect(test.engine.store[id] == nil && test.world.isEmpty)
        await test.close()
    }

    /// The gateway ended after the exit was on record, or after an attempt that failed.
    @Test(arguments: [false, true])
    func whatIsOwedIsDoneAtTheNextStart(hasFailed: Bool) async throws {
        let first = try TestEngine()
        let id = try await running(first)
        let exit = ExitRecord(exitCode: 1, startedAt: 1, finishedAt: 2)
        try await first.engine.store.updateDurably(id) { state in
            state.exit(exit)
            if hasFailed { state.failRemoval("out of order") }
        }
        first.world.shim(id)?.die(leaving: exit)
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(second.engine.store[id] == nil && second.world.isEmpty && second.world.volumes.isEmpty)
        await second.close()
    }

    @Test func oneThatWasNeverStartedStays() async throws {
        let first = try TestEngine()
        let id = try await first.create { $1.autoRemove = true }
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try second.record(id).state.phase == .created)
        await second.close()
    }

    @Test func aServiceThatComesLaterIsWaitedFor() async throws {
        let first = try TestEngine()
        let id = try await running(first)
        first.world.fail("images.removeSnapshot", RPCError(.unavailable, "not there yet"))
        first.world.shim(id)?.exit(0)
        #expect(try await first.eventually { try first.record(id).state.phase == .dead })
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try second.record(id).state.phase == .dead)
        second.world.fail("images.removeSnapshot", nil)
        #expect(try await second.eventually { second.engine.store[id] == nil })
        #expect(second.world.isEmpty)
        await second.close()
    }
}
