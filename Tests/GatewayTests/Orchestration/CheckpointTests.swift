// Checkpoints over fakes: who is asked for what, and what is told.
import Contracts
import GatewayBackends
import GatewayState
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct CheckpointTests {
    private func running() async throws -> (TestEngine, String) {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.start(id)
        return (test, id)
    }

    private func message(_ body: () async throws -> Void) async -> RPCError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? RPCError
        }
    }

    @Test func oneIsMadeByTheContainersShimAndTold() async throws {
        let (test, id) = try await running()
        try await test.engine.createCheckpoint(of: "web", .init(name: "cp1", directory: "/d"), context: .fresh())
        let request = try #require(test.world.shim(id)?.checkpoints.first)
        #expect(request.checkpoint == "cp1" && request.directory == "/d" && !request.ends)
        #expect(try await test.actions() == ["create", "start", "checkpoint"])
        #expect(try test.record(id).state.isRunning)
        await test.close()
    }

    @Test func theContainerHasEndedWithIt() async throws {
        let (test, id) = try await running()
        try await test.engine.createCheckpoint(of: "web", .init(name: "cp1", exits: true), context: .fresh())
        #expect(try test.record(id).state.exitCode == 137 && !test.record(id).state.isActive)

        test.world.with { $0.checkpoints = ["cp1"] }
        try await test.engine.start("web", from: "cp1", context: .fresh())
        #expect(try test.record(id).state.isRunning && test.world.calls.contains("shim.restore"))
        let again = await message { try await test.engine.start("web", from: "cp1", context: .fresh()) }
        #expect(again?.code == .notModified)
        await test.close()
    }

    @Test func failuresHaveTheContainersNameInThem() async throws {
        let (test, _) = try await running()
        let cases: [(RPCError, String)] = [
            (RPCError(.internalError, "criu failed: x"), "Cannot checkpoint container web: criu failed: x"),
            (
                RPCError(.conflict, "checkpoint with name cp1 already exists for container", details: ["step": "exists"]),
                "cannot checkpoint container web: checkpoint with name cp1 already exists for container web"
            ),
            (RPCError(.notImplemented, "install criu"), "install criu"),
        ]
        for (failure, words) in cases {
            test.world.fail("shim.checkpoint", failure)
            let error = await message { try await test.engine.createCheckpoint(of: "web", .init(name: "cp1"), context: .fresh()) }
            #expect(error?.message == words && error?.code == failure.code)
        }
        #expect(try await test.actions() == ["create", "start"])
        let name = await message { try await test.engine.createCheckpoint(of: "web", .init(name: "../x"), context: .fresh()) }
        #expect(name?.code == .invalidParameter)
        await test.close()
    }

    @Test func oneThatIsNotThereCannotBeStartedFromOrRemoved() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        let stopped = await message { try await test.engine.createCheckpoint(of: "web", .init(name: "cp1"), context: .fresh()) }
        #expect(stopped == RPCError(.conflict, "Container web not running"))
        let error = await message { try await test.engine.start("web", from: "cp1", context: .fresh()) }
        #expect(error?.code == .notFound && error?.message == "checkpoint cp1 does not exist for container web")
        #expect(try test.record(id).state.exitCode == 128)
        let missing = RPCError(.notFound, "checkpoint cp1 does not exist for container", details: ["step": "missing"])
        test.world.fail("shim.checkpoints.remove", missing)
        let removed = await message { try await test.engine.removeCheckpoint("cp1", of: "web", in: nil, context: .fresh()) }
        #expect(removed?.message == "checkpoint cp1 does not exist for container web")
        await test.close()
    }

    @Test func theyAreListedByAnyShim() async throws {
        let test = try TestEngine()
        _ = try await test.create("web")
        test.world.with { $0.checkpoints = ["one", "two"] }
        #expect(try await test.engine.checkpoints(of: "web", in: nil, context: .fresh()) == ["one", "two"])
        test.world.fail("shim.checkpoints.list", RPCError(.notFound, "nothing", details: ["step": "missing"]))
        let error = await message { _ = try await test.engine.checkpoints(of: "web", in: "/d", context: .fresh()) }
        #expect(error == RPCError(.notFound, "checkpoint  does not exist for container web"))
        await test.close()
    }
}
