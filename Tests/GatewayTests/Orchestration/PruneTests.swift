// Prune: what it removes, what it leaves, and what it says.
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct PruneTests {
    @Test func whatDoesNotRunIsRemovedAndToldOf() async throws {
        let test = try TestEngine()
        let (stopped, running) = (try await test.create("stopped"), try await test.create("running"))
        try await test.start(running)
        let answer = try await test.engine.prune(ContainerPruneQuery(), context: .fresh())
        #expect(answer.containersDeleted == [stopped])
        #expect(test.engine.store.all.map(\.id) == [running])
        #expect(try await test.actions().last == "prune")
        let nothing = try await test.engine.prune(ContainerPruneQuery(), context: .fresh())
        #expect(nothing == ContainersPruned(containersDeleted: nil, spaceReclaimed: 0))
        await test.close()
    }

    /// Files with holes say of themselves that they have any size.
    @Test func sizesBeyondNumbersAreToldAsTheLargest() async throws {
        let test = try TestEngine()
        let id = try await test.create("one")
        _ = try await test.create("two")
        test.world.with { $0.writable = .max }
        let listed = try await test.engine.list(ContainerListQuery(all: true, size: true), .fresh())
        #expect(listed.count == 2)
        #expect(try await test.engine.inspect(test.record(id), size: true, .fresh()).sizeRootFs == .max)
        let answer = try await test.engine.prune(ContainerPruneQuery(), context: .fresh())
        #expect(answer.containersDeleted?.count == 2 && answer.spaceReclaimed == .max)
        await test.close()
    }

    @Test(
        arguments: [
            (["label": ["keep=no"]], ["bb"]), (["label!": ["keep=yes"]], ["bb", "cc"]), (["label": ["keep"]], ["aa", "bb"]),
            (["label": ["other"]], []),
        ] as [([String: [String]], [String])])
    func labelsChoose(_ filters: [String: [String]], _ removed: [String]) async throws {
        let test = try TestEngine()
        for (name, labels) in [("aa", ["keep": "yes"]), ("bb", ["keep": "no"]), ("cc", [:])] {
            _ = try await test.create(name) { config, _ in config.labels = labels }
        }
        _ = try await test.engine.prune(ContainerPruneQuery(filters: Filters(filters)), context: .fresh())
        #expect(Set(test.engine.store.all.map(\.name)) == Set(["aa", "bb", "cc"]).subtracting(removed))
        await test.close()
    }

    @Test func theYoungAreSpared() async throws {
        let test = try TestEngine()
        let id = try await test.create("young")
        let before = ContainerPruneQuery(until: WallClock.now() - 3_600_000_000_000)
        #expect(try await test.engine.prune(before, context: .fresh()).containersDeleted == nil)
        let after = ContainerPruneQuery(until: WallClock.now() + 1)
        #expect(try await test.engine.prune(after, context: .fresh()).containersDeleted == [id])
        await test.close()
    }

    @Test func oneAtATime() async throws {
        let use = ExclusiveUse()
        try await use.run(orSay: "taken") {
            _ = await #expect(throws: RPCError(.conflict, "taken")) { try await use.run(orSay: "taken") {} }
        }
        try await use.run(orSay: "taken") {}
    }
}
