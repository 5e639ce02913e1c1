// How containers are made to end, and what happens when several ask at once.
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct StopAndRemoveTests {
    private func running(_ test: TestEngine, _ change: (inout ContainerConfig, inout HostConfig) -> Void = { _, _ in }) async throws
        -> String
    {
        let id = try await test.create(nil, change)
        try await test.start(id)
        return id
    }

    @Test func stopSendsTheStopSignalFirst() async throws {
        let test = try TestEngine()
        let id = try await running(test) { config, _ in config.stopSignal = "SIGINT" }
        let shim = try #require(test.world.shim(id))
        try await test.engine.stop(id, StopOptions(), context: .fresh())
        #expect(shim.signals == [2])
        #expect(try test.record(id).state.exitCode == 130)
        #expect(try test.record(id).state.wasStoppedByUser)
        #expect(try await test.eventually { test.world.shimIDs.isEmpty })
        #expect(try await test.actions() == ["create", "start", "kill", "die", "stop"])
        await #expect { try await test.engine.stop(id, StopOptions(), context: .fresh()) } throws: {
            ($0 as? RPCError)?.code == .notModified
        }
        await test.close()
    }

    @Test(arguments: [(0, [Int32(9)]), (1, [15, 9])])
    func stopKillsWhatDoesNotListen(timeout: Int, signals: [Int32]) async throws {
        let test = try TestEngine()
        let id = try await running(test)
        let shim = try #require(test.world.shim(id))
        shim.ignore(15)
        try await test.engine.stop(id, StopOptions(timeout: timeout), context: .fresh())
        #expect(shim.signals == signals)
        #expect(try test.record(id).state.exitCode == 137)
        let kills = try await test.events().filter { $0.action == "kill" }
        #expect(kills.map { $0.attributes["signal"] } == signals.map(String.init))
        #expect(kills.map { $0.attributes["berth.unheeded"] != nil } == signals.map { $0 != 9 })
        await test.close()
    }

    @Test func aTimeBeyondAllClocksIsNoLimit() async throws {
        let test = try TestEngine()
        let id = try await running(test) { config, _ in config.stopTimeout = .max }
        try #require(test.world.shim(id)).ignore(15)
        async let stop: Void = test.engine.stop(id, StopOptions(), context: .fresh())
        #expect(try await test.eventually { test.world.shim(id)?.signals == [15] })
        try await test.engine.kill(id, signal: nil, context: .fresh())
        try await stop
        await test.close()
    }

    @Test func twoRestartsAtATimeLeaveItThere() async throws {
        let test = try TestEngine()
        let id = try await running(test) { _, host in host.autoRemove = true }
        async let first: Void = test.engine.restart(id, StopOptions(), context: .fresh())
        async let second: Void = test.engine.restart(id, StopOptions(), context: .fresh())
        _ = try await (first, second)
        #expect(try test.record(id).state.isActive)
        await test.close()
    }

    /// It is killed with the container, whose end is told as one that was asked for: nothing starts it again.
    @Test(arguments: ["stop", "kill", "remove"])
    func aShimThatDoesNotAnswerIsNoReasonToKeepAContainer(verb: String) async throws {
        let test = try TestEngine()
        let id = try await running(test) { _, host in host.restartPolicy = RestartPolicy(name: "always") }
        try #require(test.world.shim(id)).freeze()
        switch verb {
        case "stop": try await test.engine.stop(id, StopOptions(timeout: 1), context: .fresh())
        case "kill": try await test.engine.kill(id, signal: nil, context: .fresh())
        default: try await test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
        }
        #expect(test.world.with { $0.calls.filter { $0 == "shim.kill" }.count } == 1)
        guard verb != "remove" else {
            #expect(test.world.isEmpty)
            return await test.close()
        }
        let state = try test.record(id).state
        #expect(state.exitCode == 137 && !state.isActive && state.error.contains("did not answer"))
        #expect(try await test.eventually { test.world.shimIDs.isEmpty })
        try await test.start(id)
        #expect(try test.record(id).state.isActive)
        await test.close()
    }

    /// Another signal than the one that ends it is refused after a while.
    @Test func aShimThatDoesNotAnswerIsNotKilledForASignal() async throws {
        let test = try TestEngine()
        let id = try await running(test)
        try #require(test.world.shim(id)).freeze()
        await #expect { try await test.engine.kill(id, signal: "USR1", context: .fresh()) } throws: {
            ($0 as? RPCError)?.code == .deadlineExceeded
        }
        #expect(try test.record(id).state.isActive && test.world.with { !$0.calls.contains("shim.kill") })
        await test.close()
    }

    /// Its files are kept for the next start, and go with the container.
    @Test func removalAfterAStartThatFailed() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        test.world.fail("network.createSandbox")
        await #expect(throws: RPCError.self) { try await test.start(id) }
        #expect(test.world.sandboxes.isEmpty && test.world.with { $0.networkFiles } == [id])
        try await test.engine.remove(id, RemoveOptions(), context: .fresh())
        #expect(test.world.isEmpty)
        await test.close()
    }

    @Test func killOfAStoppedContainerIsAConflict() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        await #expect(throws: RPCError(.conflict, "container \(id) is not running")) {
            try await test.engine.kill(id, signal: nil, context: .fresh())
        }
        await #expect(throws: RPCError(.invalidParameter, "invalid signal: SIGNOPE")) {
            try await test.engine.kill(id, signal: "SIGNOPE", context: .fresh())
        }
        await test.close()
    }

    @Test func whatEndsWhileItIsRemovedByForceIsRemovedAllTheSame() async throws {
        let test = try TestEngine()
        let id = try await running(test)
        let shim = try #require(test.world.shim(id))
        test.world.fail("shim.signal", RPCError(.conflict, "no process"))
        async let removal: Void = test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
        shim.exit(3)
        try await removal
        #expect(throws: RPCError.self) { try test.record(id) }
        #expect(try await test.actions() == ["create", "start", "die", "destroy"])
        await test.close()
    }

    @Test func removeOfARunningContainerNeedsForce() async throws {
        let test = try TestEngine()
        let id = try await running(test)
        let name = try test.record(id).name
        await #expect(
            throws: RPCError(
                .conflict, "cannot remove container \"/\(name)\": container is running: stop the container before removing or force remove")
        ) { try await test.engine.remove(id, RemoveOptions(), context: .fresh()) }
        try await test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
        #expect(test.world.isEmpty)
        await test.close()
    }

    @Test func failedRemovalLeavesItDeadAndIsTriedAgain() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        test.world.fail("images.removeSnapshot", RPCError(.unavailable, "gone"))
        await #expect(throws: RPCError.self) { try await test.engine.remove(id, RemoveOptions(), context: .fresh()) }
        #expect(try test.record(id).state.phase == .dead)
        await #expect { try await test.start(id) } throws: { ($0 as? RPCError)?.code == .conflict }
        test.world.fail("images.removeSnapshot", nil)
        try await test.engine.remove(id, RemoveOptions(), context: .fresh())
        #expect(test.world.isEmpty && test.engine.store[id] == nil)
        await test.close()
    }

    @Test func aRestartThatCannotStartSaysWhose() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        test.world.fail("shim.start", RPCError(.conflict, "broken"))
        await #expect(throws: RPCError(.conflict, "Cannot restart container web: broken")) {
            try await test.engine.restart(id, StopOptions(), context: .fresh())
        }
        await test.close()
    }

    @Test func restartKeepsTheContainerEvenIfItIsAutoRemoved() async throws {
        let test = try TestEngine()
        let id = try await running(test) { _, host in host.autoRemove = true }
        try await test.engine.restart(id, StopOptions(), context: .fresh())
        #expect(try test.record(id).state.isRunning)
        #expect(try await test.actions() == ["create", "start", "kill", "die", "stop", "start", "restart"])
        await test.close()
    }

    /// However the end and the signal's own answer race.
    @Test func whatHappensIsToldInItsOrder() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        for round in 1...30 {
            try await test.start(id)
            try await test.engine.stop(id, StopOptions(), context: .fresh())
            let told = try await test.actions().suffix(4)
            #expect(Array(told) == ["start", "kill", "die", "stop"], "round \(round)")
        }
        await test.close()
    }

    @Test func concurrentStartsRunItOnce() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        let results = await withTaskGroup(of: RPCError.Code?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        try await test.start(id)
                        return nil
                    } catch { return (error as? RPCError)?.code }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0 == nil } == 1)
        #expect(results.count { $0 == .notModified } == 7)
        #expect(test.world.calls.count { $0 == "shim.start" } == 1)
        await test.close()
    }

    @Test func concurrentRemovesRemoveItOnce() async throws {
        let test = try TestEngine()
        let id = try await running(test)
        let codes = await withTaskGroup(of: RPCError.Code?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        try await test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
                        return nil
                    } catch { return (error as? RPCError)?.code }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1)
        #expect(codes.allSatisfy { $0 == nil || $0 == .conflict || $0 == .notFound })
        #expect(test.world.isEmpty)
        await test.close()
    }

    @Test func startsStopsAndRemovesAtOnceEndInOrder() async throws {
        let test = try TestEngine()
        for _ in 0..<10 {
            let id = try await test.create()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask { try? await test.start(id) }
                    group.addTask { try? await test.engine.stop(id, StopOptions(timeout: 1), context: .fresh()) }
                }
                group.addTask { try? await test.engine.remove(id, RemoveOptions(force: true), context: .fresh()) }
            }
            try? await test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
            #expect(test.engine.store[id] == nil)
            #expect(test.world.isEmpty)
        }
        await test.close()
    }

    @Test func aStartThatHangsIsEndedWithItsShim() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        test.world.fail("shim.start", RPCError(.deadlineExceeded, "no answer in time"))
        await #expect { try await test.start(id) } throws: { ($0 as? RPCError)?.message.contains("was killed") == true }
        #expect(test.world.calls.contains("shim.kill") && test.world.calls.contains("shim.recover"))
        #expect(test.world.shimIDs.isEmpty && test.world.sandboxes.isEmpty)
        test.world.fail("shim.start", nil)
        try await test.start(id)
        #expect(try test.record(id).state.isRunning)
        await test.close()
    }

    /// The shim answers nobody: it is killed, and the start fails.
    @Test func aRemovalByForceDoesNotWaitForAStartThatHangs() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        test.world.hold("shim.start")
        let start = Task { try await test.start(id) }
        #expect(try await test.eventually { test.world.calls.contains("shim.start") })
        let removal = Task { try await test.engine.remove(id, RemoveOptions(force: true), context: .fresh()) }
        #expect(try await test.eventually { test.world.calls.contains("shim.kill") })
        test.world.release("shim.start")
        await #expect { try await start.value } throws: { ($0 as? RPCError)?.code == .unavailable }
        try await removal.value
        #expect(test.engine.store[id] == nil && test.world.isEmpty)
        await test.close()
    }

    /// What is asked during a start is meant for what it starts.
    @Test(arguments: ["stop", "kill", "remove"])
    func whoWantsItToEndWaitsForAStartUnderWay(verb: String) async throws {
        let test = try TestEngine()
        let id = try await test.create()
        test.world.hold("shim.start")
        let start = Task { try await test.start(id) }
        #expect(try await test.eventually { test.world.calls.contains("shim.start") })
        let end = Task {
            switch verb {
            case "stop": try await test.engine.stop(id, StopOptions(timeout: 1), context: .fresh())
            case "kill": try await test.engine.kill(id, signal: nil, context: .fresh())
            default: try await test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
            }
        }
        try await test.pause()
        test.world.release("shim.start")
        try await start.value
        try await end.value
        if verb == "remove" {
            #expect(test.engine.store[id] == nil && test.world.isEmpty)
        } else {
            #expect(try test.record(id).state.phase == .exited)
        }
        await test.close()
    }
}
