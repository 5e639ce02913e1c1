// In which order containers are started after a boot.
import Contracts
import GatewayBackends
@testable import GatewayOrchestration
import GatewayState
import Models
import RPC
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RevivalTests {
    private func record(_ id: String, dependsOn: String? = nil, project: String = "p", network: String = "") -> ContainerRecord {
        var config = ContainerConfig()
        config.labels = ["com.docker.compose.project": project, "com.docker.compose.service": id]
        if let dependsOn { config.labels?["com.docker.compose.depends_on"] = dependsOn }
        var host = HostConfig()
        host.networkMode = network
        return ContainerRecord(
            ContainerDefinition(
                id: "\(project)-\(id)", name: "name-\(id)", createdAt: 1, path: "sh", arguments: [], config: config, hostConfig: host,
                imageID: "", platform: "linux", manifestDigest: "", logPath: "",
                snapshot: SnapshotRecord(containerID: id, imageID: "", lower: [], upper: "", work: ""), mounts: [], endpoints: [:]))
    }

    @Test func composeSaysWhatIsFirst() {
        let order = RevivalOrder([
            record("web", dependsOn: "db:service_healthy:false, cache:service_started:true,gone:service_started:true"), record("db"),
            record("cache"), record("old", dependsOn: "db,job:service_completed_successfully"), record("job"),
            record("db", project: "other"),
        ])
        #expect(
            order.dependencies(of: "p-web") == [.init(id: "p-db", condition: .healthy), .init(id: "p-cache", condition: .started)])
        #expect(order.dependencies(of: "p-old") == [.init(id: "p-db", condition: .started), .init(id: "p-job", condition: .completed)])
        #expect(order.dependencies(of: "p-db").isEmpty && order.dependencies(of: "other-db").isEmpty)
    }

    @Test func thoseWhoseNamespacesAreSharedAreFirst() {
        let order = RevivalOrder([
            record("guest", network: "container:p-host"), record("host"), record("named", network: "container:name-host"),
        ])
        for guest in ["p-guest", "p-named"] { #expect(order.dependencies(of: guest) == [.init(id: "p-host", condition: .started)]) }
    }

    @Test func aCircleIsCutOpen() {
        let order = RevivalOrder([record("a", dependsOn: "b"), record("b", dependsOn: "c"), record("c", dependsOn: "a,c")])
        let edges = ["p-a", "p-b", "p-c"].map { order.dependencies(of: $0).count }
        #expect(edges.reduce(0, +) == 2)
    }

    private func make(_ test: TestEngine, _ name: String, dependsOn: String? = nil, isChecked: Bool = false) async throws -> String {
        let id = try await test.create(name) { config, host in
            host.restartPolicy.name = "always"
            config.labels = ["com.docker.compose.project": "p", "com.docker.compose.service": name]
            if let dependsOn { config.labels?["com.docker.compose.depends_on"] = dependsOn }
            guard isChecked else { return }
            var health = HealthConfig()
            health.test = ["CMD", "true"]
            config.healthcheck = health
        }
        try await test.start(id)
        return id
    }

    @Test func afterABootEachWaitsForWhatItDependsOn() async throws {
        let first = try TestEngine()
        let web = try await make(first, "web", dependsOn: "db:service_healthy:false")
        let front = try await make(first, "front", dependsOn: "web:service_started:false")
        let db = try await make(first, "db", isChecked: true)
        for id in [web, front, db] { first.world.shim(id)?.exit(0) }
        #expect(try await first.eventually { try [web, front, db].allSatisfy { try first.record($0).state.phase == .exited } })
        first.engine.store.setBoot("an earlier one")
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try await second.eventually { try second.record(db).state.isRunning })
        #expect(try second.record(web).state.phase == .exited && second.record(front).state.phase == .exited)
        second.engine.store.note(db) { $0.health?.status = .healthy }
        #expect(try await second.eventually { try second.record(front).state.isRunning })
        #expect(try second.record(web).state.isRunning)
        await second.close()
    }

    @Test func nobodyWaitsForOneThatCannotBeStarted() async throws {
        let first = try TestEngine()
        let web = try await make(first, "web", dependsOn: "db:service_healthy:false")
        let db = try await make(first, "db", isChecked: true)
        for id in [web, db] { first.world.shim(id)?.exit(0) }
        #expect(try await first.eventually { try [web, db].allSatisfy { try first.record($0).state.phase == .exited } })
        try await first.engine.store.updateDurably(db) { $0.beginRemoval() }
        first.engine.store.setBoot("an earlier one")
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try await second.eventually { try second.record(web).state.isRunning })
        await second.close()
    }

    /// An address or a file system that comes later than the engine.
    @Test func afterABootFailuresMayPass() async throws {
        let first = try TestEngine()
        let id = try await make(first, "web")
        first.world.shim(id)?.exit(0)
        #expect(try await first.eventually { try first.record(id).state.phase == .exited })
        first.engine.store.setBoot("an earlier one")
        let words = "failed to bind host port 192.0.2.1:80/tcp: Cannot assign requested address"
        first.world.fail("network.createSandbox", RPCError(.invalidParameter, words))
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        // It says why it doesn't run yet.
        #expect(try await second.eventually { try second.record(id).state.error == words })
        second.world.fail("network.createSandbox", nil)
        #expect(try await second.eventually { try second.record(id).state.isRunning })
        await second.close()
    }

    /// One that is stopped, or isn't to be restarted any more, before it could be started, stays as it is.
    @Test(arguments: ["stop", "update"])
    func whatAUserWantsMeanwhileCounts(verb: String) async throws {
        let first = try TestEngine()
        let id = try await make(first, "web")
        first.world.shim(id)?.exit(0)
        #expect(try await first.eventually { try first.record(id).state.phase == .exited })
        first.engine.store.setBoot("an earlier one")
        first.world.fail("network.createSandbox", RPCError(.unavailable, "not there yet"))
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try await second.eventually { try second.record(id).state.error == "not there yet" })
        if verb == "stop" {
            await #expect { try await second.engine.stop(id, StopOptions(), context: .fresh()) } throws: {
                ($0 as? RPCError)?.code == .notModified
            }
            #expect(try second.record(id).state.wasStoppedByUser)
        } else {
            var change = HostConfig()
            change.restartPolicy.name = "no"
            _ = try await second.engine.update(id, change, context: .fresh())
        }
        second.world.fail("network.createSandbox", nil)
        #expect(try await second.eventually { second.engine.tasks.count == 0 })
        #expect(try second.record(id).state.phase == .exited)
        await second.close()
    }

    /// A reload by HUP isn't what ended it.
    @Test func oneThatWasSentASignalComesBackAfterABoot() async throws {
        let first = try TestEngine()
        let id = try await make(first, "web")
        first.engine.store.update(id) { $0.wasStoppedByUser = true }
        let before = first.engine.store.all
        first.world.shim(id)?.exit(0)
        #expect(try await first.eventually { try first.record(id).state.phase == .exited })
        first.engine.store.setBoot("an earlier one")
        let second = try await first.restarted()
        Revival(engine: second.engine).run(before)
        #expect(try await second.eventually { try second.record(id).state.isRunning })
        await second.close()
    }

    /// A recovery takes its time, and requests are served meanwhile.
    @Test func oneThatIsStoppedDuringTheRecoveryStaysSo() async throws {
        let test = try TestEngine()
        let id = try await make(test, "web")
        let before = test.engine.store.all
        try await test.engine.stop(id, StopOptions(), context: .fresh())
        #expect(try await test.eventually { test.engine.live[id].shim == nil })
        Revival(engine: test.engine).run(before)
        #expect(try await test.eventually { test.engine.tasks.count == 0 })
        #expect(try test.record(id).state.phase == .exited)
        await test.close()
    }

    /// One that failed because the host went down is owed its restart, as with dockerd.
    @Test(arguments: [("no", 1, false), ("on-failure", 0, false), ("on-failure", 143, true), ("unless-stopped", 0, true)])
    func afterABootEachPolicyHasItsWay(policy: String, code: Int32, runs: Bool) async throws {
        let first = try TestEngine()
        let subject = try await first.create("subject") { $1.restartPolicy.name = policy }
        let witness = try await first.create("witness") { $1.restartPolicy.name = "always" }
        for id in [subject, witness] { try await first.start(id) }
        first.world.shim(subject)?.exit(code)
        first.world.shim(witness)?.exit(0)
        #expect(try await first.eventually { try [subject, witness].allSatisfy { try first.record($0).state.phase == .exited } })
        first.engine.store.setBoot("an earlier one")
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(try await second.eventually { try second.record(witness).state.isRunning })
        if runs {
            #expect(try await second.eventually { try second.record(subject).state.isRunning })
        } else {
            #expect(try second.record(subject).state.phase == .exited)
        }
        await second.close()
    }
}
