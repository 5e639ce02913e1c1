// Volumes through the life of containers: made, shared, counted, kept and removed.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct VolumeFlowTests {
    private func facade(_ test: TestEngine) -> VolumeFacade { VolumeFacade(engine: test.engine) }

    private func volumeEvents(_ test: TestEngine) async throws -> [String] {
        let filter = try EventFilter(["type": ["volume"]])
        let cursor = EventCursor(test.engine.store.journal, filter: filter, from: .since(0), until: WallClock.now())
        var events: [String] = []
        while let event = try await cursor.next() { events.append("\(event.action) \(event.actorID.prefix(8))") }
        return events
    }

    @Test func aNamedVolumeIsMadeFilledAndShown() async throws {
        let test = try TestEngine()
        let id = try await test.create("web") { $1.binds = ["data:/srv/data:ro", "/host:/bind"] }
        let record = try test.record(id)
        let point = try #require(record.definition.mounts.first { $0.type == "volume" })
        #expect(point.name == "data" && point.source == "/volumes/data/_data" && point.driver == "local" && point.mode == "ro" && !point.rw)
        #expect(record.definition.resolvedMounts.map(\.spec.source) == ["/host", "/volumes/data/_data"])
        #expect(test.world.with { $0.fills } == ["data": "/srv/data"])
        try await test.engine.remove(id, RemoveOptions(volumes: true), context: .fresh())
        #expect(test.world.volumes == ["data"])
        #expect(try await volumeEvents(test) == ["create data"])
        await test.close()
    }

    @Test(arguments: [true, false])
    func anonymousVolumesGoWithTheirContainerIfAsked(isAsked: Bool) async throws {
        let test = try TestEngine()
        let id = try await test.create { config, _ in config.volumes = ["/srv/a": EmptyObject(), "/srv/b/": EmptyObject()] }
        #expect(try test.record(id).definition.mounts.map(\.destination) == ["/srv/a", "/srv/b"])
        #expect(test.world.volumes.count == 2)
        try await test.engine.remove(id, RemoveOptions(volumes: isAsked), context: .fresh())
        #expect(test.world.volumes.count == (isAsked ? 0 : 2))
        await test.close()
    }

    @Test func autoRemovalTakesAnonymousVolumesAlong() async throws {
        let test = try TestEngine()
        let id = try await test.create { config, host in
            config.volumes = ["/srv/a": EmptyObject()]
            host.autoRemove = true
        }
        try await test.start(id)
        let shim = try #require(test.world.shim(id))
        shim.exit(0)
        #expect(try await test.eventually { test.world.volumes.isEmpty && test.engine.store[id] == nil })
        let events = try await volumeEvents(test).map { $0.split(separator: " ")[0] }
        #expect(events == ["create", "mount", "unmount", "destroy"])
        await test.close()
    }

    @Test func aFailedCreateTakesBackWhatItMade() async throws {
        let test = try TestEngine()
        test.world.fail("images.fillVolume", RPCError(.invalidParameter, "no place for it"))
        await #expect(throws: RPCError(.invalidParameter, "no place for it")) {
            _ = try await test.create { config, host in
                host.binds = ["named:/a"]
                config.volumes = ["/b": EmptyObject()]
            }
        }
        // One that was named may be meant for others.
        #expect(test.world.volumes == ["named"] && test.world.snapshots.isEmpty)
        try await facade(test).removeVolume("named", force: false, context: .fresh())
        await test.close()
    }

    @Test func aVolumeInUseStays() async throws {
        let test = try TestEngine()
        let id = try await test.create { $1.binds = ["data:/a"] }
        let error = await #expect(throws: RPCError.self) {
            try await facade(test).removeVolume("data", force: true, context: .fresh())
        }
        #expect(error == RPCError(.conflict, "remove data: volume is in use - [\(id)]"))
        await #expect(throws: RPCError(.notFound, "get gone: no such volume")) {
            try await facade(test).removeVolume("gone", force: false, context: .fresh())
        }
        try await facade(test).removeVolume("gone", force: true, context: .fresh())
        await test.close()
    }

    @Test func pruneTakesAnonymousOnesUnlessToldAll() async throws {
        let test = try TestEngine()
        _ = try await test.create { $1.binds = ["used:/a"] }
        let other = try await test.create { config, host in
            config.volumes = ["/b": EmptyObject()]
            host.binds = ["named:/a"]
        }
        try await test.engine.remove(other, RemoveOptions(), context: .fresh())
        let report = try await facade(test).pruneVolumes(filters: Filters(), context: .fresh())
        #expect(report.volumesDeleted.count == 1 && report.spaceReclaimed == 10 && test.world.volumes == ["named", "used"])
        let all = try await facade(test).pruneVolumes(filters: Filters(["all": ["1"]]), context: .fresh())
        #expect(all.volumesDeleted == ["named"] && test.world.volumes == ["used"])
        await test.close()
    }

    @Test func listFiltersKnowTheUse() async throws {
        let test = try TestEngine()
        _ = try await test.create { $1.binds = ["used:/a"] }
        var request = VolumeCreateRequest()
        (request.name, request.labels) = ("free", ["a": "b"])
        let made = try await facade(test).createVolume(request, context: .fresh())
        #expect(made.createdAt.rfc3339 == "2023-11-14T22:13:20Z")
        func names(_ filters: [String: [String]]) async throws -> [String] {
            try await facade(test).listVolumes(filters: Filters(filters), context: .fresh()).map(\.name)
        }
        #expect(try await names([:]) == ["free", "used"])
        #expect(try await names(["dangling": ["true"]]) == ["free"])
        #expect(try await names(["dangling": ["0"]]) == ["used"])
        #expect(try await names(["label": ["a=b"]]) == ["free"])
        #expect(try await names(["name": ["us"]]) == ["used"])
        #expect(try await names(["driver": ["nfs"]]).isEmpty)
        await #expect(throws: RPCError.self) { _ = try await names(["dangling": ["maybe"]]) }
        await test.close()
    }

    private static var remoteMount: MountRequest {
        var mount = MountRequest()
        (mount.type, mount.source, mount.target) = ("volume", "nfs", "/data")
        mount.volumeOptions = .init()
        mount.volumeOptions?.driverConfig = .init()
        mount.volumeOptions?.driverConfig?.options = ["type": "nfs", "device": ":/x", "o": "addr=h"]
        return mount
    }

    @Test func volumesWithOptionsAreMountedWhileContainersRun() async throws {
        let test = try TestEngine()
        let id = try await test.create { $1.mounts = [Self.remoteMount] }
        test.world.fail("images.mountVolume", RPCError(.internalError, "no such host"))
        await #expect(throws: RPCError.self) { try await test.start(id) }
        #expect(test.world.with { $0.volumeMounts }.isEmpty && test.world.shimIDs.isEmpty)
        test.world.fail("images.mountVolume", nil)
        try await test.start(id)
        #expect(test.world.with { $0.volumeMounts } == [id])
        try #require(test.world.shim(id)).exit(0)
        #expect(try await test.eventually { test.world.with { $0.volumeMounts }.isEmpty })
        test.world.with { $0.volumeMounts = [id, "stranger"] }
        let next = try await test.restarted()
        await Recovery(engine: next.engine).run()
        #expect(next.world.with { $0.volumeMounts }.isEmpty)
        await next.close()
    }

    /// Its shim starts it again in place, and takes what is mounted then.
    @Test func volumesWithOptionsStayMountedWhileAContainerWaitsForItsRestart() async throws {
        let first = try TestEngine()
        let id = try await first.create {
            $1.mounts = [Self.remoteMount]
            $1.restartPolicy.name = "always"
        }
        try await first.start(id)
        first.world.shim(id)?.awaitRestart(1, count: 1)
        #expect(try await first.eventually { try first.record(id).state.isRestarting })
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(second.world.with { $0.volumeMounts } == [id])
        _ = try await FileFacade(engine: second.engine).fileStatus(in: id, path: "/etc", context: .fresh())
        #expect(second.world.with { $0.volumeMounts } == [id])
        #expect(try second.record(id).state.isRestarting)
        await second.close()
    }
}
