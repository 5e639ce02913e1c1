// What the gateway makes of a shim that restarts its container and checks its health.
import Contracts
import GatewayBackends
@testable import GatewayOrchestration
import GatewayState
import Models
import RPC
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SupervisionTests {
    private func createRestarting(
        _ test: TestEngine, _ policy: String = "always", _ change: (inout ContainerConfig) -> Void = { _ in }
    ) async throws -> String {
        try await test.create { config, hostConfig in
            hostConfig.restartPolicy.name = policy
            change(&config)
        }
    }

    private func becomeRestarting(_ test: TestEngine, _ id: String, count: Int32 = 1) async throws {
        test.world.shim(id)?.awaitRestart(5, count: count)
        #expect(try await test.eventually { try test.record(id).state.isRestarting })
    }

    @Test func theShimIsToldWhatToDo() async throws {
        let test = try TestEngine()
        let id = try await test.create { config, hostConfig in
            hostConfig.restartPolicy.name = "on-failure"
            hostConfig.restartPolicy.maximumRetryCount = 4
            config.stopSignal = "SIGINT"
            config.stopTimeout = 3
            var health = HealthConfig()
            health.test = ["CMD-SHELL", "curl localhost"]
            health.interval = 1_000_000_000
            config.healthcheck = health
            config.labels = [SupervisionBuilder.unhealthyLabel: "restart", SupervisionBuilder.fastStopLabel: "1"]
        }
        try await test.start(id)
        let supervision = try #require(test.world.shim(id)?.supervision)
        #expect(supervision.restart == RestartRule(.onFailure, maximumRetries: 4))
        #expect(supervision.stop == StopRule(signal: 2, seconds: 3, killsUnheeding: true))
        #expect(supervision.health?.process?.arguments == ["/bin/sh", "-c", "curl localhost"])
        #expect(supervision.health?.interval == 1_000_000_000 && supervision.health?.timeout == 30_000_000_000)
        #expect(supervision.health?.retries == 3 && supervision.health?.onUnhealthy == .restart)
        #expect(try test.record(id).state.health?.status == .starting)
        await test.close()
    }

    @Test func aLabelHasItDialledInsteadOfACommand() async throws {
        let test = try TestEngine()
        let id = try await test.create { config, _ in
            config.healthcheck = HealthConfig()
            config.healthcheck?.interval = 1_000_000_000
            config.labels = [HealthDialLabel.name: "http://:8080/ready"]
        }
        try await test.start(id)
        let health = try #require(test.world.shim(id)?.supervision?.health)
        #expect(health.process == nil && health.interval == 1_000_000_000)
        #expect(health.dial == DialSpec(.http, address: "127.0.0.1", port: 8080, target: "/ready", host: "localhost:8080"))
        #expect(try test.record(id).state.health?.status == .starting)
        await test.close()
    }

    @Test func whatIsSwitchedOffIsNotDialled() {
        var config = ContainerConfig()
        config.labels = [HealthDialLabel.name: "tcp://:80"]
        #expect(config.healthTest == .dial(DialSpec(.tcp, address: "127.0.0.1", port: 80)))
        config.healthcheck = HealthConfig()
        config.healthcheck?.test = ["NONE"]
        #expect(config.healthTest == nil)
    }

    @Test func aRestartIsSeenAndWhatTheNetworkGaveStays() async throws {
        let test = try TestEngine()
        let id = try await createRestarting(test)
        try await test.start(id)
        let wait = try await test.engine.wait(id, for: .notRunning, context: .fresh())
        try await becomeRestarting(test, id)
        #expect(try await wait.value().statusCode == 5)
        let seen = try await test.engine.inspect(id, size: false, context: .fresh())
        #expect(seen.state.status == .restarting && seen.state.running && seen.state.restarting && seen.restartCount == 1)
        #expect(test.world.sandboxes == [id])
        #expect(try await test.engine.list(.init(), context: .fresh()).map(\.status).first?.hasPrefix("Restarting (5)") == true)
        test.world.shim(id)?.restart(startedAt: 9_000_000_000)
        #expect(try await test.eventually { try test.record(id).state.isRunning })
        #expect(try test.record(id).state.startedAt == 9_000_000_000 && test.record(id).state.restartCount == 1)
        #expect(try await test.actions() == ["create", "start", "die", "start"])
        await test.close()
    }

    @Test func whileItWaitsForItsRestartSomeThingsAreRefusedAndSomeEndIt() async throws {
        let test = try TestEngine()
        let id = try await createRestarting(test)
        try await test.start(id)
        try await becomeRestarting(test, id)
        for attempt in [
            { try await test.engine.pause(id, context: .fresh()) },
            { try await test.engine.remove(id, RemoveOptions(), context: .fresh()) },
            { _ = try await test.engine.createExec(in: id, ExecCreateRequest(), context: .fresh()) },
        ] {
            let error = await #expect(throws: RPCError.self) { try await attempt() }
            #expect(error?.code == .conflict && error?.message.contains("restarting") == true)
        }
        let started = await #expect(throws: RPCError.self) { try await test.start(id) }
        #expect(started?.code == .notModified)
        try await test.engine.stop(id, StopOptions(), context: .fresh())
        #expect(try test.record(id).state.phase == .exited)
        #expect(test.world.shim(id)?.ends.map(\.verb) ?? [.stop] == [.stop])
        #expect(try await test.actions() == ["create", "start", "die", "stop"])
        await test.close()
    }

    @Test func aRestartingOneIsRemovedByForce() async throws {
        let test = try TestEngine()
        let id = try await createRestarting(test)
        try await test.start(id)
        try await becomeRestarting(test, id)
        try await test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
        #expect(test.engine.store[id] == nil && test.world.isEmpty)
        await test.close()
    }

    @Test func whatHappenedWithoutAGatewayIsToldOnce() async throws {
        let first = try TestEngine()
        let id = try await createRestarting(first)
        try await first.start(id)
        try await becomeRestarting(first, id)
        let second = try await first.restarted()
        let shim = try #require(second.world.shim(id))
        shim.restart(startedAt: 9_000_000_000)
        shim.awaitRestart(6, count: 2)
        shim.restart(startedAt: 10_000_000_000)
        await Recovery(engine: second.engine).run()
        #expect(try await second.eventually { try second.record(id).state.startedAt == 10_000_000_000 })
        #expect(try second.record(id).state.restartCount == 2)
        #expect(try await second.actions() == ["create", "start", "die", "start", "die", "start"])
        await second.close()
    }

    @Test func healthIsShownAndTold() async throws {
        let test = try TestEngine()
        let id = try await createRestarting(test, "no") { config in
            config.healthcheck = HealthConfig()
            config.healthcheck?.test = ["CMD", "true"]
        }
        try await test.start(id)
        #expect(try await test.engine.list(.init(), context: .fresh()).first?.status.hasSuffix("(health: starting)") == true)
        let result = HealthResult(start: 1, end: 2, exitCode: 0, output: "fine")
        var earlier = result
        earlier.output = "earlier"
        // One that came before is told again, as after a look at the shim.
        test.world.shim(id)?.send(.healthChecked(HealthNotice(status: .healthy, failingStreak: 0, result: earlier)))
        let notice = HealthNotice(status: .healthy, failingStreak: 0, result: result, earlier: [earlier])
        test.world.shim(id)?.send(.healthChecked(notice))
        test.world.shim(id)?.send(.healthChanged(.healthy))
        #expect(try await test.eventually { try test.record(id).state.health?.results.count == 2 })
        let seen = try await test.engine.inspect(id, size: false, context: .fresh())
        #expect(seen.state.health?.log.map(\.output) == ["earlier", "fine"])
        let healthy = try await test.engine.list(.init(filters: Filters(["health": ["healthy"]])), context: .fresh())
        #expect(healthy.first?.status.hasSuffix("(healthy)") == true)
        #expect(try await test.tells("health_status: healthy"))
        test.world.shim(id)?.exit(0)
        #expect(try await test.eventually { try test.record(id).state.health?.status == .unhealthy })
        await test.close()
    }

    @Test(arguments: [
        ("always", false, true), ("always", true, true), ("unless-stopped", false, true), ("unless-stopped", true, false),
        ("no", false, false),
    ])
    func afterABootWhatIsToRunIsStarted(policy: String, isStopped: Bool, runs: Bool) async throws {
        let first = try TestEngine()
        let id = try await createRestarting(first, policy)
        try await first.start(id)
        if isStopped {
            try await first.engine.stop(id, StopOptions(timeout: 1), context: .fresh())
        } else {
            first.world.shim(id)?.exit(0)
            #expect(try await first.eventually { try first.record(id).state.phase == .exited })
        }
        first.engine.store.setBoot("an earlier one")
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        if runs {
            #expect(try await second.eventually { try second.record(id).state.isRunning })
        } else {
            #expect(try second.record(id).state.phase == .exited)
        }
        let third = try await second.restarted()
        #expect(third.engine.store.lastBoot == Revival.bootID())
        await third.close()
    }

    @Test func aContainerWhoseShimIsLostIsStartedAgain() async throws {
        let test = try TestEngine()
        let id = try await createRestarting(test, "unless-stopped")
        try await test.start(id)
        test.world.shim(id)?.die(leaving: nil)
        #expect(try await test.eventually { try test.record(id).state.phase == .exited || test.world.shim(id) != nil })
        #expect(try await test.eventually { try test.record(id).state.isRunning })
        #expect(try await test.actions() == ["create", "start", "die", "start"])
        await test.close()
    }
}
