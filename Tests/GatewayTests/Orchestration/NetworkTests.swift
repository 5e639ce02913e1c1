// Networks as the gateway handles them: memberships in records, events, what a crash between steps leaves.
import Contracts
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct NetworkTests {
    private static let backend = NetworkRecord(
        id: String(repeating: "f", count: 64), name: "app", driver: "bridge", createdAt: 1, pools: [], options: [:])

    @discardableResult
    private func connect(_ test: TestEngine, _ id: String, _ settings: EndpointSettings = EndpointSettings()) async throws -> [String] {
        try await ConnectSequence(
            engine: test.engine, live: try test.engine.find(id).live, network: Self.backend, settings: settings, context: .fresh()
        ).run()
    }

    private func disconnect(_ test: TestEngine, _ id: String) async throws {
        try await DisconnectSequence(
            engine: test.engine, live: try test.engine.find(id).live, network: Self.backend, context: .fresh()
        ).run()
    }

    @Test func aStoppedContainerRemembersItsNetworks() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        var settings = EndpointSettings()
        settings.aliases = ["db"]
        settings.gateway = "192.0.2.1"
        let warnings = try await connect(test, id, settings)
        #expect(warnings == ["Gateway of network app is told in answers and can't be asked for. Value discarded."])
        #expect(test.world.calls.allSatisfy { !$0.hasPrefix("network.connect") })
        try await test.start(id)
        #expect(try test.record(id).state.sandbox?.endpoints.map(\.networkName) == ["bridge", "app"])
        #expect(try NetworkView(record: test.record(id)).networks["app"]?.aliases == ["db"])
        try await disconnect(test, id)
        #expect(try test.record(id).definition.endpoints.keys.sorted() == ["bridge"])
        let again = RPCError(.conflict, "container \(id) is not connected to network app")
        await #expect(throws: again) { try await disconnect(test, id) }
        await test.close()
    }

    /// As records of earlier versions have it.
    @Test func aNetworkThatIsKeptByItsIDIsNotJoinedTwice() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.engine.store.redefine(id) { $0.endpoints["ffffffffffff"] = EndpointSettings() }
        var settings = EndpointSettings()
        settings.aliases = ["db"]
        try await connect(test, id, settings)
        #expect(try test.record(id).definition.endpoints.mapValues(\.aliases) == ["bridge": nil, "ffffffffffff": ["db"]])
        await test.close()
    }

    @Test func aRunningContainerJoinsAndLeaves() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.start(id)
        try await connect(test, id)
        #expect(try test.record(id).definition.endpoints.keys.sorted() == ["app", "bridge"])
        #expect(try test.record(id).state.sandbox?.endpoints.count == 2)
        try await disconnect(test, id)
        #expect(try test.record(id).state.sandbox?.endpoints.count == 1)
        let cursor = EventCursor(
            test.engine.store.journal, filter: try EventFilter(["type": ["network"]]), from: .since(0),
            until: WallClock.now())
        var actions: [String] = []
        while let event = try await cursor.next() { actions.append(event.action) }
        #expect(actions == ["connect", "connect", "disconnect"])
        await test.close()
    }

    /// A network without a way in was the way out, and ports had none meanwhile.
    @Test(arguments: [false, true])
    func portsComeBackAfterADetour(isTaken: Bool) async throws {
        let test = try TestEngine()
        let id = try await test.create("web") { $1.portBindings = ["80/tcp": [HostPort(hostIP: "", hostPort: "8080")]] }
        try await test.start(id)
        try await connect(test, id)
        #expect(test.world.calls.allSatisfy { !$0.hasPrefix("network.publishPorts") })
        test.world.with { $0.sandboxes[id]?.ports = [] }
        if isTaken { test.world.fail("network.publishPorts [8080]") }
        try await disconnect(test, id)
        #expect(test.world.calls.last == "network.publishPorts [8080]")
        #expect(try test.record(id).state.sandbox?.ports.map(\.hostPort) == (isTaken ? [] : [8080]))
        #expect(try test.record(id).definition.endpoints.keys.sorted() == ["bridge"])
        await test.close()
    }

    @Test func aFailureLeavesTheContainerWhereItWas() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.start(id)
        test.world.fail("network.connectEndpoint")
        await #expect(throws: RPCError.self) { try await connect(test, id) }
        #expect(test.world.with { $0.sandboxes[id]?.endpoints.count } == 1)
        #expect(try test.record(id).definition.endpoints.keys.sorted() == ["bridge"])
        await test.close()
    }

    @Test func modesThatGoWithNoOtherNetwork() async throws {
        let test = try TestEngine()
        for mode in ["host", "none"] {
            let id = try await test.create(mode + "1") { $1.networkMode = mode }
            let error = try await #require(throws: RPCError.self) { try await connect(test, id) }
            #expect(error.code == .invalidParameter)
        }
        let none = NetworkRecord(id: String(repeating: "0", count: 64), name: "none", driver: "null", createdAt: 1, pools: [], options: [:])
        for isRunning in [false, true] {
            let id = try await test.create("lonely-\(isRunning)") { $1.networkMode = "none" }
            if isRunning { try await test.start(id) }
            try await DisconnectSequence(engine: test.engine, live: try test.engine.find(id).live, network: none, context: .fresh()).run()
            #expect(try test.record(id).definition.endpoints.isEmpty)
            try await connect(test, id)
            #expect(try test.record(id).definition.endpoints.keys.sorted() == ["app"])
            #expect(try SandboxRequestBuilder(record: test.record(id)).request().endpoints.map(\.network) == ["app"])
        }
        let id = try await test.create("plain")
        var settings = EndpointSettings()
        settings.ipamConfig = EndpointIPAMConfig()
        settings.ipamConfig?.ipv4Address = "nowhere"
        await #expect(throws: RPCError.self) { try await connect(test, id, settings) }
        await test.close()
    }

    /// The gateway ended before it recorded that the container was connected.
    @Test func whatIsNotRecordedIsTakenBack() async throws {
        let first = try TestEngine()
        let id = try await first.create("web")
        try await first.start(id)
        _ = try await FakeNetwork(world: first.world).connectEndpoint(
            .init(containerID: id, endpoint: EndpointRequest(network: "app"), ports: []), .fresh())
        let second = try await first.restarted()
        await Recovery(engine: second.engine).run()
        #expect(second.world.with { $0.sandboxes[id]?.endpoints.map(\.networkName) } == ["bridge"])
        await second.close()
    }

    /// Options of the configuration are for what a request leaves out, of its driver, and not where another network says them.
    @Test func defaultOptionsFillInWhatIsLeftOut() throws {
        let mtu = "com.docker.network.driver.mtu"
        let defaults = ["bridge": [mtu: "1400", "com.docker.network.enable_ipv6": "true"], "macvlan": [mtu: "1300"]]
        func options(_ change: (inout NetworkCreateRequest) -> Void) throws -> [String: String] {
            var request = NetworkCreateRequest(name: "app")
            change(&request)
            return try NetworkRequestBuilder.request(request, defaults: defaults).options
        }
        #expect(try options { _ in }[mtu] == "1400")
        #expect(try NetworkRequestBuilder.request(NetworkCreateRequest(name: "app"), defaults: defaults).enablesIPv6 == true)
        #expect(
            try options { $0.options = [mtu: "1234", "own": "x"] }.filter { $0.key != "com.docker.network.enable_ipv6" } == [
                mtu: "1234", "own": "x",
            ])
        #expect(try options { $0.driver = "macvlan" } == [mtu: "1300"])
        #expect(try options { $0.driver = "ipvlan" } == [:])
        #expect(try options { $0.configFrom = ConfigReference(network: "other") } == [:])
        #expect(try options { $0.configOnly = true } == [:])
    }

    @Test func requestsAndAnswersOfCreate() async throws {
        let test = try TestEngine()
        var request = NetworkCreateRequest(name: "app")
        request.ipam = NetworkIPAM(config: [.init(subnet: "10.9.0.0/16", gateway: "", ipRange: "10.9.1.0/24")])
        request.configFrom = ConfigReference()
        let facade = NetworkFacade(engine: test.engine)
        let answer = try await facade.createNetwork(request, context: .fresh())
        #expect(answer == NetworkCreateResponse(id: String(repeating: "d", count: 64), warning: "mind the gap"))
        let built = try NetworkRequestBuilder.request(request)
        #expect(built.pools == [.init(subnet: "10.9.0.0/16", gateway: "", ipRange: "10.9.1.0/24")] && built.configurationSource.isEmpty)
        #expect(built.enablesIPv6 == nil)
        request.options["com.docker.network.enable_ipv6"] = "true"
        #expect(try NetworkRequestBuilder.request(request).enablesIPv6 == true)
        request.enableIPv6 = false
        #expect(try NetworkRequestBuilder.request(request).enablesIPv6 == false)
        (request.enableIPv6, request.options["com.docker.network.enable_ipv6"]) = (nil, "perhaps")
        #expect(throws: RPCError.self) { _ = try NetworkRequestBuilder.request(request) }
        request.options = ["com.docker.network.enable_ipv4": "false"]
        #expect(try NetworkRequestBuilder.request(request).enablesIPv4 == false)
        request.enableIPv4 = true
        let overridden = try NetworkRequestBuilder.request(request)
        #expect(overridden.enablesIPv4 == true && overridden.options.isEmpty)
        request.options = [:]
        request.scope = "swarm"
        #expect(throws: RPCError.self) { _ = try NetworkRequestBuilder.request(request) }
        await test.close()
    }

    @Test(
        arguments: [
            (["label": ["a"]], true), (["label": ["a=1"]], true), (["label": ["a=2"]], false), (["label!": ["a"]], false),
            (["label!": ["b"]], true), (["until": ["10"]], true), (["until": ["1"]], false), ([:], true),
        ] as [([String: [String]], Bool)])
    func pruneFilters(fields: [String: [String]], expected: Bool) throws {
        var network = Self.backend
        network.createdAt = 5_000_000_000
        network.labels = ["a": "1"]
        #expect(try NetworkPruneFilter(Filters(fields), now: 9_000_000_000).matches(network) == expected)
        network.name = "bridge"
        #expect(try !NetworkPruneFilter(Filters(fields), now: 9_000_000_000).matches(network))
    }

    /// What the network service tells becomes events, and the watch begins anew when it ended.
    @Test func overlapsBecomeEvents() async throws {
        let test = try TestEngine()
        let notice = NetworkNotice(
            networkID: "f1", networkName: "app", driver: "bridge", subnet: "10.1.2.0/24", route: "10.0.0.0/8", interface: "tun0")
        test.world.with { $0.notices = [notice] }
        let watch = Task { await NetworkWatch(engine: test.engine).run() }
        let cursor = EventCursor(test.engine.store.journal, filter: try EventFilter(["event": ["overlap"]]), from: .now, until: nil)
        for _ in 0..<2 {
            let event = try #require(try await cursor.next())
            #expect(event.kind == .network && event.actorID == "f1")
            #expect(
                event.attributes == [
                    "name": "app", "type": "bridge", "berth.subnet": "10.1.2.0/24", "berth.route": "10.0.0.0/8", "berth.interface": "tun0",
                ])
        }
        watch.cancel()
        await watch.value
        await test.close()
    }
}
