// A container's life from create to remove, over fakes.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct LifecycleTests {
    @Test func createStartWaitRemoveLeavesNothing() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        #expect(try test.record("web").state.phase == .created)
        #expect(test.world.snapshots == [id])

        let wait = try await test.engine.wait(id, for: .nextExit, context: .fresh())
        try await test.start(id)
        #expect(try test.record(id).state.process?.pid == FakeShim.pid)
        #expect(test.world.sandboxes == [id])

        test.world.shim(id)?.exit(3)
        #expect(try await wait.value().statusCode == 3)
        #expect(try await test.eventually { test.world.shimIDs.isEmpty && test.world.sandboxes.isEmpty })
        #expect(try test.record(id).state.exitCode == 3)

        try await test.engine.remove(id, RemoveOptions(), context: .fresh())
        #expect(test.world.isEmpty)
        #expect(throws: RPCError(.notFound, "No such container: web")) { try test.record("web") }
        #expect(try await test.actions() == ["create", "start", "die", "destroy"])
        await test.close()
    }

    @Test func startTellsTheShimWhatTheRecordSays() async throws {
        let test = try TestEngine()
        let id = try await test.create { config, host in
            config.cmd = ["echo", "hi"]
            config.env = ["LANG=de", "A=1"]
            config.user = "www"
            host.memory = 64 << 20
            host.nanoCPUs = 500_000_000
            host.binds = ["/data:/data:ro"]
        }
        try await test.start(id)
        let spec = try #require(test.world.shim(id)?.specification)
        #expect(spec.process.arguments == ["echo", "hi"])
        #expect(spec.process.environment == ["PATH=/bin", "HOSTNAME=\(id.prefix(12))", "LANG=de", "A=1"])
        #expect(spec.process.user == "www" && spec.process.workingDirectory == "/srv")
        #expect(spec.cgroup.memory == 64 << 20 && spec.cgroup.memorySwap == 128 << 20)
        #expect(spec.cgroup.cpuQuota == 50_000 && spec.cgroup.cpuPeriod == 100_000)
        #expect(spec.mounts.map(\.destination) == ["/data", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"])
        #expect(spec.mounts.first?.readonly == true && spec.mounts.first?.createsSource == true)
        #expect(spec.namespaces.network == .path("/ns/\(id)"))
        #expect(spec.process.capabilities.count == 14)
        await test.close()
    }

    @Test func aNameAloneUnsetsAVariable() async throws {
        let test = try TestEngine()
        let id = try await test.create { config, _ in config.env = ["HOSTNAME", "A=1", "B"] }
        try await test.start(id)
        #expect(try #require(test.world.shim(id)?.specification).process.environment == ["PATH=/bin", "A=1", "LANG=C"])
        await test.close()
    }

    @Test(arguments: [
        ("images.prepareSnapshot", RPCError.Code.internalError), ("images.inspect", .unavailable),
    ])
    func failedCreateLeavesNothingAndTheNameFree(call: String, code: RPCError.Code) async throws {
        let test = try TestEngine()
        test.world.fail(call, RPCError(code, "broken"))
        await #expect(throws: RPCError.self) { _ = try await test.create("web") }
        #expect(test.world.isEmpty)
        test.world.fail(call, nil)
        _ = try await test.create("web")
        await test.close()
    }

    @Test(arguments: ["shim.adopt", "network.createSandbox", "shim.start"])
    func failedStartLeavesItCreatedAndNothingBehind(call: String) async throws {
        let test = try TestEngine()
        let id = try await test.create()
        test.world.fail(call, RPCError(.conflict, "broken"))
        await #expect(throws: RPCError(.conflict, "broken")) { try await test.start(id) }
        let state = try test.record(id).state
        #expect(state.phase == .created && state.exitCode == 128 && state.error == "broken")
        #expect(test.world.sandboxes.isEmpty)
        if call != "shim.adopt" { #expect(test.world.shimIDs.isEmpty) }

        test.world.fail(call, nil)
        try await test.start(id)
        #expect(try test.record(id).state.error.isEmpty)
        await test.close()
    }

    /// The steps of what failed are there after a restart too, with the reason.
    @Test func aFailedStartIsRememberedWithItsReason() async throws {
        let first = try TestEngine()
        let id = try await first.create("web")
        first.world.fail("network.createSandbox", RPCError(.conflict, "broken"))
        await #expect(throws: RPCError.self) { try await first.start(id) }
        let before = try await first.engine.trace("web", context: .fresh())
        let failed = try #require(before.first { $0.outcome == "failed" })
        #expect(failed.name == "gateway.start.network" && failed.error == "broken" && before.contains { $0.outcome == "undone" })
        let second = try await first.restarted()
        #expect(try await second.engine.trace("web", context: .fresh()) == before)
        second.world.fail("network.createSandbox", nil)
        try await second.start(id)
        let after = try await second.engine.trace("web", context: .fresh())
        #expect(after.starts(with: before) && after.last?.name == "gateway.start.run" && after.last?.error == nil)
        try await second.engine.remove(id, RemoveOptions(force: true), context: .fresh())
        try await second.engine.store.flush()
        #expect(try await second.engine.store.keptTrace(of: id).isEmpty)
        await second.close()
    }

    @Test func aPortInUseIsToldWithItsOwner() async throws {
        let test = try TestEngine()
        let owner = try await test.create("owner") { config, _ in config.labels = ["team": "a"] }
        let id = try await test.create("other") { config, _ in config.labels = ["team": "b"] }
        let words = "Bind for 0.0.0.0:80 failed: port is already allocated"
        test.world.fail("network.createSandbox", RPCError(.conflict, words, details: ["container": owner]))
        await #expect(throws: RPCError(.conflict, "\(words) by container owner", details: ["container": owner])) {
            try await test.start(id)
        }
        var scoped = RPCContext.fresh()
        scoped.scope = "label=team:b"
        await #expect(throws: RPCError(.conflict, "\(words) by another container", details: ["container": owner])) {
            try await test.engine.start(id, context: scoped)
        }
        for (program, suffix) in [("nginx (process 7)", " by nginx (process 7)"), ("unknown", "")] {
            test.world.fail("network.createSandbox", RPCError(.conflict, words, details: ["program": program]))
            await #expect(throws: RPCError(.conflict, words + suffix, details: ["program": program])) { try await test.start(id) }
        }
        await test.close()
    }

    @Test func missingCommandIs127InRuncsWords() async throws {
        let test = try TestEngine()
        let id = try await test.create { config, _ in config.cmd = ["nope"] }
        test.world.fail(
            "shim.start", RPCError(.invalidParameter, "exec failed", details: ["step": "exec", "exitCode": "127", "errno": "2"]))
        do {
            try await test.start(id)
            Issue.record("it started")
        } catch let error as RPCError {
            #expect(error.code == .invalidParameter)
            #expect(error.message.contains("exec: \"nope\": executable file not found in $PATH"))
        }
        #expect(try test.record(id).state.exitCode == 127)
        await test.close()
    }

    /// Whose network it shares, whose name it has: in its hostname, in `HOSTNAME`, and in what inspect tells.
    @Test func aContainerInAnothersNetworkHasItsHostname() async throws {
        let test = try TestEngine()
        let donor = try await test.create("donor") { config, _ in (config.hostname, config.domainname) = ("web", "example.org") }
        let id = try await test.create { _, host in host.networkMode = "container:donor" }
        let config = try test.record(id).config
        #expect(config.hostname == "web" && config.domainname == "example.org")
        let unnamed = try await test.create("unnamed")
        let other = try await test.create { _, host in host.networkMode = "container:\(unnamed)" }
        #expect(try test.record(other).config.hostname == String(unnamed.prefix(12)) && donor != unnamed)
        await test.close()
    }

    @Test func autoRemoveAnswersWhoWaitsForTheRemoval() async throws {
        let test = try TestEngine()
        let id = try await test.create { _, host in host.autoRemove = true }
        let removed = try await test.engine.wait(id, for: .removed, context: .fresh())
        try await test.start(id)
        test.world.shim(id)?.exit(5)
        #expect(try await removed.value().statusCode == 5)
        #expect(test.world.isEmpty)
        #expect(try await test.actions() == ["create", "start", "die", "destroy"])
        await test.close()
    }

    @Test func autoRemoveAfterFailedStart() async throws {
        let test = try TestEngine()
        let id = try await test.create { _, host in host.autoRemove = true }
        test.world.fail("shim.start")
        await #expect(throws: RPCError.self) { try await test.start(id) }
        #expect(test.world.isEmpty && test.engine.store[id] == nil)
        await test.close()
    }

    @Test func startOfARunningContainerIsNotModified() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        await #expect { try await test.start(id) } throws: { ($0 as? RPCError)?.code == .notModified }
        await test.close()
    }

    @Test func outOfMemoryIsToldBeforeTheEnd() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        let wait = try await test.engine.wait(id, for: .notRunning, context: .fresh())
        test.world.shim(id)?.exit(137, outOfMemory: true)
        _ = try await wait.value()
        #expect(try test.record(id).state.outOfMemory)
        #expect(try await test.actions() == ["create", "start", "oom", "die"])
        await test.close()
    }

    @Test func renameFreesTheOldName() async throws {
        let test = try TestEngine()
        let id = try await test.create("old")
        try await test.engine.rename("old", to: "new", context: .fresh())
        #expect(try test.record("/new").id == id)
        let second = try await test.create("old")
        await #expect { try await test.engine.rename(second, to: "new", context: .fresh()) } throws: {
            ($0 as? RPCError)?.message.contains("is already in use by container \"\(id)\"") == true
        }
        #expect(try test.record("old").id == second)
        await test.close()
    }

    @Test func pauseAndUnpauseTellOnce() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        try await test.engine.pause(id, context: .fresh())
        #expect(try test.record(id).state.isPaused)
        await #expect { try await test.engine.pause(id, context: .fresh()) } throws: { ($0 as? RPCError)?.code == .conflict }
        await #expect { try await test.start(id) } throws: {
            ($0 as? RPCError)?.message == "cannot start a paused container, try unpause instead"
        }
        try await test.engine.unpause(id, context: .fresh())
        #expect(try test.record(id).state.isRunning)
        test.world.shim(id)?.exit(0)
        #expect(try await test.eventually { try test.record(id).state.phase == .exited })
        #expect(try await test.actions() == ["create", "start", "pause", "unpause", "die"])
        await test.close()
    }
}
