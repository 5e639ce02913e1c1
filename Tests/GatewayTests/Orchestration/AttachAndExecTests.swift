// Streams, execs, waits and reads over fakes.
import Contracts
import GatewayBackends
import GatewayState
import Glibc
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct AttachAndExecTests {
    private let options = AttachOptions(stdin: true, stdout: true, stderr: true, logs: false, stream: true)

    /// Lends one end of a socket pair for the length of `body`.
    private func withSocket(_ body: (Int32) async throws -> Void) async throws {
        var pair: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { pair.forEach { close($0) } }
        try await body(pair[0])
    }

    @Test func attachBeforeStartUsesTheShimThatStartUses() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        let stream = try await test.engine.attach(id, options, context: .fresh())
        try await withSocket { try await stream.connect(StreamEnd($0)) }
        let shim = try #require(test.world.shim(id))
        try await test.start(id)
        #expect(test.world.calls.count { $0 == "shim.adopt" } == 1)
        #expect(test.world.calls.count { $0 == "shim.fresh" } == 1)
        #expect(try await test.actions() == ["create", "attach", "start"])
        shim.endAttachments()
        await test.close()
    }

    @Test func aClientThatLeavesHidesNoneThatJoins() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        let first = try await test.engine.attach(id, options, context: .fresh())
        try await withSocket { try await first.connect(StreamEnd($0)) }
        test.world.shim(id)?.loseClientAtNextJoin()
        let second = try await test.engine.attach(id, options, context: .fresh())
        try await withSocket { try await second.connect(StreamEnd($0)) }
        test.world.shim(id)?.endAttachments()
        await test.close()
    }

    @Test func removalOfAnAttachedContainerReleasesItsShim() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        let stream = try await test.engine.attach(id, options, context: .fresh())
        try await withSocket { try await stream.connect(StreamEnd($0)) }
        test.world.shim(id)?.endAttachments()
        try await test.engine.remove(id, RemoveOptions(), context: .fresh())
        #expect(test.world.isEmpty)
        await test.close()
    }

    @Test func aFailedAttachIsTold() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        test.world.fail("shim.attach", RPCError(.conflict, "no room"))
        let stream = try await test.engine.attach(id, options, context: .fresh())
        try await withSocket { socket in
            await #expect(throws: RPCError(.conflict, "no room")) { try await stream.connect(StreamEnd(socket)) }
        }
        await test.close()
    }

    @Test func anExecFromCreateToItsEnd() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        var request = ExecCreateRequest()
        request.cmd = ["ls", "-l"]
        request.env = ["A=1"]
        await #expect(throws: ContainerEngine.notRunning(id)) { _ = try await test.engine.createExec(in: id, request, context: .fresh()) }
        try await test.start(id)
        let exec = try await test.engine.createExec(in: id, request, context: .fresh())
        #expect(try await test.engine.inspectExec(exec, context: .fresh()).exitCode == nil)
        try await test.engine.startDetachedExec(exec, ExecStartRequest(), context: .fresh())
        let running = try await test.engine.inspectExec(exec, context: .fresh())
        #expect(running.running && running.pid != 0 && !running.canRemove)
        #expect(try await test.engine.inspect(id, size: false, context: .fresh()).execIDs == [exec])
        await #expect(throws: RPCError(.conflict, "exec command \(exec) is already running")) {
            try await test.engine.startDetachedExec(exec, ExecStartRequest(), context: .fresh())
        }
        test.world.shim(id)?.send(.execExited(execID: exec, exitCode: 4))
        #expect(try await test.eventually { test.engine.execs.started(in: id).isEmpty })
        let ended = try await test.engine.inspectExec(exec, context: .fresh())
        #expect(ended.exitCode == 4 && ended.pid == running.pid && !ended.canRemove)
        test.engine.execs.sweep()
        #expect(try await test.engine.inspectExec(exec, context: .fresh()).canRemove)
        #expect(try await test.actions() == ["create", "start", "exec_create: ls -l", "exec_start: ls -l", "exec_die"])
        await test.close()
    }

    /// The exit may be told late on a busy machine, and a process may outlive its streams.
    @Test func theEndOfStreamsIsFollowedByTheExitIfThereIsOne() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        var request = ExecCreateRequest()
        request.cmd = ["ls"]
        let exec = try await test.engine.createExec(in: id, request, context: .fresh())
        try await test.engine.startDetachedExec(exec, ExecStartRequest(), context: .fresh())
        await test.engine.settleExec(exec)
        #expect(try await test.engine.inspectExec(exec, context: .fresh()).running)
        test.world.shim(id)?.endExecUntold(exec, exitCode: 7)
        await test.engine.settleExec(exec)
        #expect(try await test.engine.inspectExec(exec, context: .fresh()).exitCode == 7)
        await test.close()
    }

    @Test func execsEndWithTheirContainerAndAreForgottenInTime() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        var request = ExecCreateRequest()
        request.cmd = ["sleep", "9"]
        let exec = try await test.engine.createExec(in: id, request, context: .fresh())
        try await test.engine.startDetachedExec(exec, ExecStartRequest(), context: .fresh())
        let unstarted = try await test.engine.createExec(in: id, request, context: .fresh())
        test.world.shim(id)?.exit(0)
        #expect(try await test.eventually { try test.engine.execs.find(exec).exitCode == 137 })
        #expect(throws: RPCError(.notFound, "No such exec instance: \(unstarted)")) { try test.engine.execs.find(unstarted) }
        test.engine.execs.sweep()
        #expect(try test.engine.execs.find(exec).exitCode == 137)
        test.engine.execs.sweep()
        #expect(throws: RPCError(.notFound, "No such exec instance: \(exec)")) { try test.engine.execs.find(exec) }
        await test.close()
    }

    @Test func aMissingExecCommandIs127() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        try await test.start(id)
        var request = ExecCreateRequest()
        await #expect(throws: RPCError(.invalidParameter, "no exec command specified")) {
            _ = try await test.engine.createExec(in: id, request, context: .fresh())
        }
        request.cmd = ["/bin/nope"]
        test.world.fail("shim.startExec", RPCError(.invalidParameter, "x", details: ["step": "exec", "exitCode": "127"]))
        let exec = try await test.engine.createExec(in: id, request, context: .fresh())
        await #expect {
            try await test.engine.startDetachedExec(exec, ExecStartRequest(), context: .fresh())
        } throws: { ($0 as? RPCError)?.message.contains("stat /bin/nope: no such file or directory") == true }
        #expect(try await test.engine.inspectExec(exec, context: .fresh()).exitCode == 127)
        await test.close()
    }

    @Test func waitConditions() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        #expect(try await test.engine.wait(id, for: .notRunning, context: .fresh()).value().statusCode == 0)
        let next = try await test.engine.wait(id, for: .nextExit, context: .fresh())
        let removed = try await test.engine.wait(id, for: .removed, context: .fresh())
        try await test.start(id)
        let running = try await test.engine.wait(id, for: .notRunning, context: .fresh())
        let abandoned = try await test.engine.wait(id, for: .notRunning, context: .fresh())
        let task = Task { try await abandoned.value() }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        test.world.shim(id)?.exit(6)
        #expect(try await next.value().statusCode == 6)
        #expect(try await running.value().statusCode == 6)
        try await test.engine.remove(id, RemoveOptions(force: true), context: .fresh())
        #expect(try await removed.value().statusCode == 6)
        await test.close()
    }

    @Test func resizeNeedsARunningContainer() async throws {
        let test = try TestEngine()
        let id = try await test.create(nil) { config, _ in config.tty = true }
        await #expect(throws: ContainerEngine.notRunning(id)) {
            try await test.engine.resize(id, to: ConsoleSize(rows: 2, columns: 3), context: .fresh())
        }
        try await test.start(id)
        try await test.engine.resize(id, to: ConsoleSize(rows: 2, columns: 3), context: .fresh())
        #expect(test.world.calls.contains("shim.resize"))
        let plain = try await test.create(nil)
        try await test.start(plain)
        try await test.engine.resize(plain, to: ConsoleSize(rows: 2, columns: 3), context: .fresh())
        #expect(test.world.calls.count { $0 == "shim.resize" } == 1)
        #expect(try await test.actions().count { $0 == "resize" } == 2)
        await test.close()
    }
}

@Suite(.timeLimit(.minutes(2)))
struct FacadeTests {
    @Test func imagesAreDescribedAndCounted() async throws {
        let test = try TestEngine()
        _ = try await test.create()
        let facade = ImageFacade(engine: test.engine)
        let list = try await facade.listImages(ImageListQuery(), context: .fresh())
        #expect(list.map(\.containers) == [1] && list[0].labels == ["from": "image"] && list[0].created == 1_767_323_045)
        let inspect = try await facade.inspectImage("busybox", context: .fresh())
        #expect(inspect.rootFS.layers == ["sha256:1"] && inspect.config?.workingDir == "/srv" && inspect.architecture == "amd64")
        for (fields, count) in [
            (["dangling": ["true"]], 0), (["reference": ["busy*"]], 1), (["reference": ["box"]], 0), (["label": ["from"]], 1),
            (["label!": ["from"]], 0), (["until": ["2020-01-01T00:00:00Z"]], 0),
        ] {
            #expect(try await facade.listImages(ImageListQuery(filters: Filters(fields)), context: .fresh()).count == count)
        }
        await #expect(throws: RPCError.self) {
            _ = try await facade.listImages(ImageListQuery(filters: Filters(["dangling": ["maybe"]])), context: .fresh())
        }
        await test.close()
    }

    @Test func progressReachesTheClientAndFailuresToo() async throws {
        let test = try TestEngine()
        let facade = ImageFacade(engine: test.engine)
        func upload() -> AsyncThrowingStream<[UInt8], any Error> {
            AsyncThrowingStream { continuation in
                continuation.yield([1, 2, 3])
                continuation.finish()
            }
        }
        var lines: [String?] = []
        for try await line in try await facade.loadImages(quiet: false, platform: nil, from: upload(), context: .fresh()) {
            lines.append(line.stream)
        }
        #expect(lines == ["Loaded 3 bytes\n"])
        test.world.fail("images.load", RPCError(.invalidParameter, "bad archive"))
        let stream = try await facade.loadImages(quiet: false, platform: nil, from: upload(), context: .fresh())
        await #expect(throws: RPCError(.invalidParameter, "bad archive")) { for try await _ in stream {} }
        await test.close()
    }

    @Test func networksAreFoundAndShowTheirContainers() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.start(id)
        let facade = NetworkFacade(engine: test.engine)
        let network = try await facade.inspectNetwork("bb", context: .fresh())
        #expect(
            network.name == "bridge" && network.containers?[id]?.ipv4Address == "172.17.0.2/16" && network.containers?[id]?.name == "web")
        await #expect(throws: RPCError(.notFound, "network nope not found")) {
            _ = try await facade.inspectNetwork("nope", context: .fresh())
        }
        for (fields, names) in [
            (["driver": ["host"]], ["host"]), (["name": ["rid"]], ["bridge"]), (["name": ["^bridge$"]], ["bridge"]),
            (["name": ["^b$"]], []), (["name": ["^h.st"]], ["host"]), (["id": ["^bb"]], ["bridge"]), (["id": ["c{64}"]], ["host"]),
            (["dangling": ["true"]], []), (["type": ["custom"]], []),
        ] {
            #expect(try await facade.listNetworks(filters: Filters(fields), context: .fresh()).map(\.name) == names)
        }
        await test.close()
    }

    @Test func listsAreNewestFirstAndLimited() async throws {
        let test = try TestEngine()
        for name in ["one", "two", "three"] { _ = try await test.create(name) }
        try await test.start("one")
        #expect(try await test.engine.list(.init(), context: .fresh()).map(\.summary.names) == [["/one"]])
        #expect(try await test.engine.list(.init(all: true), context: .fresh()).map(\.summary.names) == [["/three"], ["/two"], ["/one"]])
        #expect(try await test.engine.list(.init(limit: 1), context: .fresh()).map(\.summary.names) == [["/three"]])
        let before = ContainerListQuery(all: true, filters: Filters(["before": ["two"]]))
        #expect(try await test.engine.list(before, context: .fresh()).map(\.summary.names) == [["/one"]])
        let sized = try await test.engine.list(.init(all: true, size: true, filters: Filters(["ancestor": ["busybox"]])), context: .fresh())
        #expect(sized.map(\.summary.sizeRw) == [7, 7, 7] && sized.map(\.summary.sizeRootFs) == [107, 107, 107])
        // One that is half removed has no layer to measure.
        test.world.fail("images.measureSnapshot", RPCError(.notFound, "no snapshot"))
        #expect(try await test.engine.list(.init(all: true, size: true), context: .fresh()).map(\.summary.sizeRw) == [nil, nil, nil])
        #expect(try await test.engine.inspect("one", size: true, context: .fresh()).sizeRw == nil)
        await test.close()
    }

    /// A network is kept by its name, whether it was given by that or by its ID, and the main one stays the first.
    @Test(arguments: [
        (String(repeating: "b", count: 64), "bridge"), ("bbbb", "bbbbb"), ("bridge", String(repeating: "b", count: 64)),
    ])
    func aNetworkHasOneEndpointWhateverItIsCalled(mode: String, key: String) async throws {
        let test = try TestEngine()
        var (config, host, networking) = (ContainerConfig(), HostConfig(), NetworkingConfig())
        (config.image, host.networkMode) = ("busybox", mode)
        var endpoint = EndpointSettings()
        endpoint.gwPriority = 7
        networking.endpointsConfig = [key: endpoint, "app": EndpointSettings()]
        let request = ContainerCreateRequest(config: config, hostConfig: host, networkingConfig: networking)
        let id = try await test.engine.create(request, name: nil, platform: nil, context: .fresh()).id
        #expect(try test.record(id).definition.endpoints.mapValues(\.gwPriority) == ["bridge": 7, "app": 0])
        #expect(try test.record(id).hostConfig.networkMode == mode)
        #expect(try SandboxRequestBuilder(record: test.record(id)).request().endpoints.map(\.network) == ["bridge", "app"])
        await test.close()
    }

    @Test func aNetworkIsNamedOnce() async throws {
        let test = try TestEngine()
        var (config, networking) = (ContainerConfig(), NetworkingConfig())
        config.image = "busybox"
        networking.endpointsConfig = ["bridge": EndpointSettings(), "bbbb": EndpointSettings()]
        let request = ContainerCreateRequest(config: config, hostConfig: HostConfig(), networkingConfig: networking)
        let error = RPCError(.invalidParameter, "network bridge is specified more than once")
        await #expect(throws: error) {
            _ = try await test.engine.create(request, name: nil, platform: nil, context: .fresh())
        }
        await test.close()
    }

    @Test func eventsAreToldAsTheyAreAskedFor() async throws {
        let test = try TestEngine()
        let stream = try await test.engine.events(EventQuery(filters: Filters(["event": ["create", "start"]])), context: .fresh())
        let id = try await test.create("web")
        try await test.start(id)
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next()?.action == "create")
        let start = try await iterator.next()
        #expect(start?.action == "start" && start?.actor.id == id && start?.actor.attributes["name"] == "web")
        #expect(start?.actor.attributes["from"] == "image" && start?.type == "container")
        await test.close()
    }
}
