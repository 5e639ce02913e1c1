// What a gateway does with what an earlier one left.
import Contracts
import GatewayBackends
@testable import GatewayOrchestration
import GatewayState
import Models
import RPC
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RecoveryTests {
    @Test func aRunningContainerIsFollowedAgain() async throws {
        let first = try TestEngine()
        let id = try await first.create()
        try await first.start(id)
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try second.record(id).state.isRunning)
        let wait = try await second.engine.wait(id, for: .notRunning, context: .fresh())
        second.world.shim(id)?.exit(9)
        #expect(try await wait.value().statusCode == 9)
        await second.close()
    }

    @Test func volumesOfAContainerThatNeverCameToBeAreRemoved() async throws {
        let first = try TestEngine()
        try await first.engine.store.intend("never", volumes: ["anonymous"])
        _ = try await first.engine.images.createVolume(.init(name: "anonymous"), .fresh())
        _ = try await first.engine.images.createVolume(.init(name: "kept"), .fresh())
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(second.world.volumes == ["kept"])
        let third = try await second.restarted()
        #expect(third.engine.store.intentions.isEmpty)
        await third.close()
    }

    @Test func aChangeThatWasInterruptedIsToldAgainAsRecorded() async throws {
        let first = try TestEngine()
        let id = try await first.create("steady")
        try await first.start(id)
        try await first.engine.store.updateDurably(id) { $0.isChanging = true }
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(second.world.calls.contains("network.renameSandbox"))
        #expect(try second.record(id).state.isChanging == nil)
        await second.close()
    }

    /// Whatever can't be done with a container that runs, its end is seen.
    @Test(arguments: ["shim.update", "shim.inspect", "network.renameSandbox"])
    func aFailureOnTheWayDoesNotLeaveAContainerUnwatched(call: String) async throws {
        let first = try TestEngine()
        let id = try await first.create("steady")
        try await first.start(id)
        try await first.engine.store.updateDurably(id) { $0.isChanging = true }
        let second = try await first.restarted()
        second.world.fail(call, RPCError(.unavailable, "not now"))
        await Recovery(engine: second.engine).run()
        second.world.fail(call, nil)
        #expect(try await second.eventually { try second.record(id).state.isChanging == nil })
        second.world.shim(id)?.exit(7)
        #expect(try await second.eventually { try second.record(id).state.phase == .exited })
        await second.close()
    }

    /// Requests are served before the last container is looked after.
    @Test func aStartMeanwhileIsToldOnce() async throws {
        let first = try TestEngine()
        let id = try await first.create()
        let second = try await first.restarted()
        second.world.hold("shim.reach")
        async let recovery: Void = Recovery(engine: second.engine).run()
        #expect(try await second.eventually { second.world.calls.contains("shim.reach") })
        let start = Task { try await second.start(id) }
        try await second.pause()
        second.world.release("shim.reach")
        try await start.value
        await recovery
        #expect(try second.record(id).state.isRunning)
        #expect(try await second.eventually { second.world.calls.contains("shim.watch") })
        try await second.pause()
        #expect(try await second.actions() == ["create", "start"])
        #expect(second.world.calls.count { $0 == "shim.watch" } == 1)
        await second.close()
    }

    /// The gateway may have ended before its own record of the pause.
    @Test(arguments: [true, false])
    func whatACommitHadPausedIsResumed(isRecorded: Bool) async throws {
        let first = try TestEngine()
        let id = try await first.create()
        try await first.start(id)
        if isRecorded {
            try await first.engine.pause(first.engine.live[id], forCommit: true, .fresh())
            #expect(try first.record(id).state.isPaused)
        } else {
            try await first.engine.store.updateDurably(id) { $0.isPausedForCommit = true }
        }
        let second = try await first.restarted()
        if !isRecorded { second.world.shim(id)?.send(.paused) }
        await Recovery(engine: second.engine).run()
        #expect(try await second.tells("unpause"))
        #expect(try await second.eventually { try second.record(id).state.isRunning })
        #expect(try second.record(id).state.isPausedForCommit == nil)
        await second.close()
    }

    @Test func whatAUserHadPausedStaysSo() async throws {
        let first = try TestEngine()
        let id = try await first.create()
        try await first.start(id)
        try await first.engine.pause(id, context: .fresh())
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try second.record(id).state.isPaused && !second.world.calls.contains("shim.resume"))
        await second.close()
    }

    @Test func anExitNobodySawIsTakenFromTheShim() async throws {
        let first = try TestEngine()
        let id = try await first.create()
        try await first.start(id)
        let second = try await first.restarted()
        second.world.shim(id)?.exit(7)
        await Recovery(engine: second.engine).run()
        #expect(try await second.eventually { try second.record(id).state.phase == .exited })
        #expect(try second.record(id).state.exitCode == 7)
        #expect(try await second.eventually { second.world.shimIDs.isEmpty && second.world.sandboxes.isEmpty })
        await second.close()
    }

    @Test(arguments: [true, false])
    func aLostShimsExitIsTheRecordedOneOr255(isRecorded: Bool) async throws {
        let first = try TestEngine()
        let id = try await first.create()
        try await first.start(id)
        let second = try await first.restarted()
        let record = ExitRecord(exitCode: 4, startedAt: 1, finishedAt: 2)
        second.world.shim(id)?.die(leaving: isRecorded ? record : nil)
        await Recovery(engine: second.engine).run()
        let state = try second.record(id).state
        #expect(state.phase == .exited)
        #expect(state.exitCode == (isRecorded ? 4 : 255))
        #expect(state.error.isEmpty == isRecorded)
        await second.close()
    }

    @Test func aShimThatDiesUnderTheGatewayIsRecoveredFrom() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        let wait = try await test.engine.wait(id, for: .notRunning, context: .fresh())
        test.world.shim(id)?.die(leaving: nil)
        #expect(try await wait.value().statusCode == 255)
        await test.close()
    }

    @Test func aStartWhoseRecordWasLostIsTakenUp() async throws {
        let first = try TestEngine()
        let id = try await first.create()
        let record = try first.record(id)
        _ = try await first.engine.adopt(record, first.engine.live[id], .fresh())
        let second = try await first.restarted()
        let shim = try #require(second.world.shim(id))
        _ = try await shim.start(
            .init(
                spec: ContainerSpec(
                    id: id, rootfs: .init(lower: [], upper: "", work: ""), process: .init(arguments: ["sh"]), hostname: "")), .fresh())
        await Recovery(engine: second.engine).run()
        #expect(try second.record(id).state.isRunning)
        await second.close()
    }

    @Test func whatBelongsToNoContainerIsRemoved() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        let stranger = String(repeating: "f", count: 64)
        _ = try await test.engine.images.prepareSnapshot(.init(containerID: stranger, imageID: FakeImages.imageID), .fresh())
        _ = try await test.engine.network.createSandbox(.init(containerID: stranger, containerName: "", mode: .own, hostname: ""), .fresh())
        await Recovery(engine: test.engine).run()
        #expect(test.world.snapshots == [id])
        #expect(test.world.sandboxes.isEmpty)
        await test.close()
    }

    /// The gateway ended before it was on disk that the container was about to start.
    @Test func whatAnUnrecordedStartLeftGoesWithTheContainer() async throws {
        let first = try TestEngine()
        let id = try await first.create("web")
        let request = SandboxRequestBuilder(record: try first.record(id)).request()
        _ = try await first.engine.network.createSandbox(request, .fresh())
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(second.world.sandboxes.isEmpty)
        try await second.engine.remove(id, RemoveOptions(), context: .fresh())
        #expect(second.world.isEmpty)
        await second.close()
    }

    @Test func aRemovalIsFinished() async throws {
        let first = try TestEngine()
        let id = try await first.create("web")
        try await first.engine.store.updateDurably(id) { $0.beginRemoval() }
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(second.engine.store[id] == nil && second.world.isEmpty)
        _ = try await second.create("web")
        await second.close()
    }

    @Test func readsAnswerWhenNoOtherServiceDoes() async throws {
        let first = try TestEngine()
        let id = try await first.create("web")
        try await first.start(id)
        for call in [
            "images.list", "images.inspect", "network.list", "network.listSandboxes", "images.listSnapshots", "shim.reach", "shim.fresh",
        ] {
            first.world.fail(call, RPCError(.unavailable, "down"))
        }
        let second = try await first.restarted()
        #expect(try await second.engine.list(.init(all: true), context: .fresh()).map(\.summary.names) == [["/web"]])
        #expect(try await second.engine.inspect("web", size: false, context: .fresh()).id == id)
        let info = try await second.engine.info(context: .fresh())
        #expect(info.containersRunning == 1 && info.warnings?.contains { $0.contains("down") } == true)
        await second.close()
    }
}
