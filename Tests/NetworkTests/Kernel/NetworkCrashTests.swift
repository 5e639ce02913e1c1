// The real service, killed at every named step of what it does to networks and memberships, and started again.
import Contracts
import Glibc
import RPC
import RPCNIO
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct NetworkCrashTests {
    static let steps = [
        "network.network.remembered", "network.network.made", "network.network.ready", "network.network.marked", "network.network.unmade",
        "network.network.forgotten", "network.endpoint.attached", "network.connect.attached", "network.connect.published",
        "network.connect.committed", "network.disconnect.unpublished", "network.disconnect.detached", "network.disconnect.committed",
        "network.publish.applied", "network.publish.committed",
    ]

    /// One container stays on its network; the service dies while a second network is made, joined, left and removed, and a
    /// port is published in place of another.
    @Test(arguments: steps)
    func dies(fault: String) async throws {
        try await Testbed.with { bed in
            let before = try await bed.inventory()
            let first = try ServiceProcess(bed)
            _ = try await first.client.call(CreateNetwork.self, .init(name: "home"))
            var request = CreateSandbox.Request.bridged(
                "c", ports: [PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)])
            request.endpoints = [EndpointRequest(network: "home")]
            let kept = try await first.create(request)
            let listener = try await Probe(path: kept.namespacePath).serve(.tcp, port: 80)
            #expect(try await first.stop() == 0)
            let settled = try await bed.inventory()

            let dying = try ServiceProcess(bed, fault: fault)
            await #expect(throws: RPCError.self) { try await Self.change(dying) }
            #expect(try await dying.waitForEnd() == SIGKILL)

            let next = try ServiceProcess(bed)
            try await Self.tidy(next)
            #expect(try await next.list() == [kept])
            #expect(try await bed.inventory() == settled)
            #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.1.1")
            // Name and subnet are free.
            let made = try await next.client.call(CreateNetwork.self, .init(name: "away")).network
            #expect(made.pools.map(\.subnet) == ["10.213.2.0/24"])
            #expect(try await next.stop() == 0)
            try await ServiceProcess.purge(bed)
            #expect(try await bed.inventory() == before)
            withExtendedLifetime(listener) {}
        }
    }

    private static func publish(_ port: UInt16, _ service: ServiceProcess) async throws {
        let binding = PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: port, hostPortLast: port)
        _ = try await service.client.call(PublishPorts.self, .init(containerID: "c", ports: [binding]))
    }

    private static func change(_ service: ServiceProcess) async throws {
        let made = try await service.client.call(CreateNetwork.self, .init(name: "away")).network
        _ = try await service.client.call(
            ConnectEndpoint.self, .init(containerID: "c", endpoint: EndpointRequest(network: "away"), ports: []))
        _ = try await service.client.call(DisconnectEndpoint.self, .init(containerID: "c", network: "away"))
        _ = try await service.client.call(RemoveNetwork.self, .init(id: made.id))
        try await publish(8081, service)
    }

    /// What the gateway does when it finds the container on a network that its record doesn't have, or died while it published ports.
    private static func tidy(_ service: ServiceProcess) async throws {
        try await publish(8080, service)
        _ = try await service.client.call(DisconnectEndpoint.self, .init(containerID: "c", network: "away"))
        for network in try await service.client.call(ListNetworks.self, RPCNothing()).networks where network.name == "away" {
            _ = try await service.client.call(RemoveNetwork.self, .init(id: network.id))
        }
    }
}
