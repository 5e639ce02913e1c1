// What clients say of a container's endpoints beyond what they wish, and how it leaves a network that is gone.
import Contracts
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct EndpointRequestTests {
    private func create(
        _ test: TestEngine, _ endpoints: [String: EndpointSettings], mode: String = ""
    ) async throws -> ContainerCreateResponse {
        var (config, host) = (ContainerConfig(), HostConfig())
        (config.image, host.networkMode) = ("busybox", mode)
        var request = ContainerCreateRequest(config: config, hostConfig: host)
        request.networkingConfig = NetworkingConfig(endpointsConfig: endpoints.mapValues { $0 })
        return try await test.engine.create(request, name: nil, platform: nil, context: .fresh())
    }

    private func endpoint(_ change: (inout EndpointSettings) -> Void) -> EndpointSettings {
        var endpoint = EndpointSettings()
        change(&endpoint)
        return endpoint
    }

    private func warnings(_ change: (inout EndpointSettings) -> Void) -> [String] {
        var report = SettingsReport()
        NetworkCheck.check(endpoint: endpoint(change), of: "app", &report)
        return report.warnings
    }

    private func composed(_ endpoint: inout EndpointSettings) {
        var addresses = EndpointIPAMConfig()
        (addresses.ipv4Address, addresses.ipv6Address) = ("10.1.0.9", "fd00::9")
        endpoint.ipamConfig = addresses
        (endpoint.ipAddress, endpoint.ipv6Gateway, endpoint.globalIPv6Address) = ("10.1.0.9", "fd00::9", "fd00::9")
    }

    @Test func addressesSaidTwiceAreNoFurtherWishes() {
        #expect(warnings(composed).isEmpty)
        let others = warnings { endpoint in
            composed(&endpoint)
            (endpoint.ipAddress, endpoint.ipv6Gateway, endpoint.globalIPv6Address) = ("10.1.0.8", "fd00::1", "fd00::8")
        }
        #expect(others.compactMap { $0.split(separator: " ").first } == ["IPAddress", "IPv6Gateway", "GlobalIPv6Address"])
        #expect(warnings { $0.ipAddress = "10.1.0.9" }.count == 1)
    }

    @Test(
        arguments: [
            ("", [], ["bridge"]), ("own", [], ["own"]), ("", ["app"], ["app"]), ("default", ["app", "zoo"], ["app", "zoo"]),
            ("own", ["app"], ["app"]), ("bridge", ["bridge", "app"], ["app", "bridge"]),
        ] as [(String, [String], [String])])
    func theNetworksAskedForAreJoinedAndNoOthers(mode: String, networks: [String], expected: [String]) async throws {
        let test = try TestEngine()
        let endpoints = Dictionary(uniqueKeysWithValues: networks.map { ($0, EndpointSettings()) })
        let id = try await create(test, endpoints, mode: mode).id
        #expect(try test.record(id).definition.endpoints.keys.sorted() == expected)
        await test.close()
    }

    @Test func aNetworksOwnIDIsNoFurtherWish() async throws {
        let test = try TestEngine()
        let own = endpoint { $0.networkID = FakeNetwork.networkID }
        let other = endpoint { $0.networkID = "abc" }
        let container = try await create(test, ["bridge": own])
        #expect(container.warnings.isEmpty)
        #expect(try await create(test, ["bridge": other]).warnings.count == 1)
        let facade = NetworkFacade(engine: test.engine)
        for (settings, count) in [(own, 0), (other, 1)] {
            let request = NetworkConnectRequest(container: container.id, endpointConfig: settings)
            #expect(try await facade.connectNetwork("bridge", request, context: .fresh()).count == count)
        }
        await test.close()
    }

    @Test func aStoppedContainerLeavesANetworkThatIsGone() async throws {
        let test = try TestEngine()
        let id = try await create(test, ["bridge": EndpointSettings()]).id
        try await test.engine.store.redefine(id) { $0.endpoints["gone"] = EndpointSettings() }
        let facade = NetworkFacade(engine: test.engine)
        let request = NetworkDisconnectRequest(container: id)
        try await facade.disconnectNetwork("gone", request, context: .fresh())
        #expect(try test.record(id).definition.endpoints.keys.sorted() == ["bridge"])
        let refusal = RPCError(.notFound, "network gone not found")
        await #expect(throws: refusal) { try await facade.disconnectNetwork("gone", request, context: .fresh()) }
        await test.close()
    }

    @Test func aRunningContainerIsForcedToLeaveANetworkThatIsGone() async throws {
        let test = try TestEngine()
        let id = try await create(test, ["bridge": EndpointSettings()]).id
        try await test.start(id)
        try await test.engine.store.redefine(id) { $0.endpoints["gone"] = EndpointSettings() }
        let facade = NetworkFacade(engine: test.engine)
        let refusal = RPCError(.notFound, "network gone not found")
        await #expect(throws: refusal) { () async throws in
            try await facade.disconnectNetwork("gone", NetworkDisconnectRequest(container: id), context: .fresh())
        }
        try await facade.disconnectNetwork("gone", NetworkDisconnectRequest(container: id, force: true), context: .fresh())
        #expect(try test.record(id).definition.endpoints.keys.sorted() == ["bridge"])
        await test.close()
    }
}
