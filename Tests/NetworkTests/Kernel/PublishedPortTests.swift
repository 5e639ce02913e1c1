// Who reaches a container, and who doesn't.
import Contracts
import RPC
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct PublishedPortTests {
    private static func binding(
        _ host: String, _ port: UInt16, to inner: UInt16, _ transport: PortBinding.Transport = .tcp
    ) -> PortBinding {
        PortBinding(containerPort: inner, transport: transport, hostAddress: host, hostPortFirst: port, hostPortLast: port)
    }

    /// Long enough for an answer that would come, where none must.
    private static let moment = 400

    @Test(arguments: [PortBinding.Transport.tcp, .udp])
    func publishedEverywhere(transport: PortBinding.Transport) async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service()
            let record = try await service.createSandbox(.bridged("web", ports: [Self.binding("", 8080, to: 80, transport)]))
            let other = try await service.createSandbox(.bridged("other"))
            let container = try Probe(path: record.namespacePath)
            let listener = try await container.serve(transport, port: 80)
            let host = try bed.host()

            #expect(try await host.ask("127.0.0.1", 8080, transport) == "10.213.0.1")
            #expect(try await host.ask("10.213.0.1", 8080, transport) == "10.213.0.1")
            #expect(try await host.ask(Testbed.hostLAN, 8080, transport) == Testbed.hostLAN)
            #expect(try await neighbour.ask(Testbed.hostLAN, 8080, transport) == "198.51.100.2")
            #expect(try await Probe(path: other.namespacePath).ask("10.213.0.1", 8080, transport) == "10.213.0.1")
            #expect(try await Probe(path: other.namespacePath).ask(Testbed.hostLAN, 8080, transport) == "10.213.0.1")
            #expect(try await container.ask("10.213.0.1", 8080, transport) == "10.213.0.1")
            #expect(try await Probe(path: other.namespacePath).ask("10.213.0.2", 80, transport) == "10.213.0.3")

            try await service.removeSandbox(.init(containerID: "web", keepsFiles: false))
            #expect(try await neighbour.ask(Testbed.hostLAN, 8080, transport, milliseconds: Self.moment) == nil)
            withExtendedLifetime(listener) {}
        }
    }

    @Test func otherPortsArePublishedWhileItRuns() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            _ = try await service.createSandbox(.bridged("other", ports: [Self.binding("", 8090, to: 80)]))
            let first = [Self.binding("", 8080, to: 80), PortBinding(containerPort: 81, transport: .tcp)]
            let record = try await service.createSandbox(.bridged("web", ports: first))
            let listener = try await Probe(path: record.namespacePath).serve(.tcp, port: 80)
            let host = try bed.host()
            let before = try await bed.inventory()
            let conflict = await #expect(throws: RPCError.self) {
                _ = try await service.publishPorts(
                    .init(containerID: "web", ports: [Self.binding("", 8081, to: 80), Self.binding("", 8090, to: 80)]))
            }
            #expect(conflict?.code == .conflict && conflict?.details["container"] == "other")
            let sandboxes = await service.listSandboxes()
            #expect(try await bed.inventory() == before && sandboxes.contains(record))
            #expect(try await host.ask("127.0.0.1", 8080) == "10.213.0.1")

            let next = [Self.binding("", 8081, to: 80), PortBinding(containerPort: 81, transport: .tcp)]
            let changed = try await service.publishPorts(.init(containerID: "web", ports: next))
            #expect(changed.ports.filter { $0.containerPort == 81 } == record.ports.filter { $0.containerPort == 81 })
            #expect(changed.ports.filter { $0.containerPort == 80 }.map(\.hostPort) == [8081, 8081])
            #expect(try await host.ask("127.0.0.1", 8081) == "10.213.0.1")
            #expect(try await host.ask("127.0.0.1", 8080, milliseconds: Self.moment) == nil)
            _ = try await service.createSandbox(.bridged("third", ports: [Self.binding("", 8080, to: 80)]))

            let none = try await service.publishPorts(.init(containerID: "web", ports: []))
            #expect(none.ports.isEmpty)
            #expect(try await host.ask("127.0.0.1", 8081, milliseconds: Self.moment) == nil)
            await #expect(throws: RPCError.self) { _ = try await service.publishPorts(.init(containerID: "nobody", ports: [])) }
            withExtendedLifetime(listener) {}
        }
    }

    /// A client that never stops sending from one port reaches whatever container has the port.
    @Test func datagramFlowsFollowThePort() async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service()
            #expect(try await neighbour.ask(Testbed.hostLAN, 8053, .udp, source: 5353, milliseconds: Self.moment) == nil)
            for id in ["first", "second"] {
                let record = try await service.createSandbox(.bridged(id, ports: [Self.binding("", 8053, to: 53, .udp)]))
                let listener = try await Probe(path: record.namespacePath).serve(.udp, port: 53)
                #expect(try await neighbour.ask(Testbed.hostLAN, 8053, .udp, source: 5353) == "198.51.100.2")
                try await service.removeSandbox(.init(containerID: id, keepsFiles: false))
                withExtendedLifetime(listener) {}
            }
        }
    }

    @Test func unpublishedIsNotReachedFromOutside() async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service()
            let record = try await service.createSandbox(.bridged("web", ports: [Self.binding("", 8080, to: 80)]))
            let container = try Probe(path: record.namespacePath)
            let published = try await container.serve(.tcp, port: 80)
            let unpublished = try await container.serve(.tcp, port: 81)
            #expect(try await neighbour.ask(Testbed.hostLAN, 8080) != nil)
            #expect(try await bed.host().ask("10.213.0.2", 81) == "10.213.0.1")
            for port in [80, 81] as [UInt16] {
                #expect(try await neighbour.ask("10.213.0.2", port, milliseconds: Self.moment) == nil)
            }
            withExtendedLifetime((published, unpublished)) {}
        }
    }

    @Test func publishedOnLoopbackIsTheHostsAlone() async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service()
            let record = try await service.createSandbox(.bridged("web", ports: [Self.binding("127.0.0.1", 8080, to: 80)]))
            let other = try Probe(path: try await service.createSandbox(.bridged("other")).namespacePath)
            let listener = try await Probe(path: record.namespacePath).serve(.tcp, port: 80)
            #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.0.1")
            // Neither by the host's address, nor by sending loopback addresses over the wire.
            try await Self.routeLoopbackOut(of: neighbour.path, gateway: Testbed.hostLAN)
            try await Self.routeLoopbackOut(of: other.path, gateway: "10.213.0.1")
            for outsider in [neighbour, other] {
                #expect(try await outsider.ask(Testbed.hostLAN, 8080, milliseconds: Self.moment) == nil)
                #expect(try await outsider.ask("127.0.0.1", 8080, milliseconds: Self.moment) == nil)
            }
            withExtendedLifetime(listener) {}
        }
    }

    @Test func theHostsOwnLoopbackIsOutOfContainersReach() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            let container = try Probe(path: try await service.createSandbox(.bridged("web")).namespacePath)
            let secret = try await bed.host().serve(.tcp, port: 9000)
            #expect(try await bed.host().ask("127.0.0.1", 9000) != nil)
            try await Self.routeLoopbackOut(of: container.path, gateway: "10.213.0.1")
            #expect(try await container.ask("127.0.0.1", 9000, milliseconds: Self.moment) == nil)
            withExtendedLifetime(secret) {}
        }
    }

    /// Has a namespace send packets for 127.0.0.1 to its gateway, as a hostile neighbour would.
    private static func routeLoopbackOut(of path: String, gateway: String) async throws {
        let script = "ip link set lo down; echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet; ip route add 127.0.0.1/32 via \(gateway)"
        _ = try await Tool.run(["nsenter", "--net=\(path)", "sh", "-c", script])
    }

    @Test func containersReachTheWorldAsTheHost() async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service()
            let container = try Probe(path: try await service.createSandbox(.bridged("web")).namespacePath)
            let listener = try await neighbour.serve(.tcp, port: 7000)
            #expect(try await container.ask("198.51.100.2", 7000) == Testbed.hostLAN)
            withExtendedLifetime(listener) {}
        }
    }

    @Test func theAdministratorsChainDecidesFirst() async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service()
            let record = try await service.createSandbox(.bridged("web", ports: [Self.binding("", 8080, to: 80)]))
            let listener = try await Probe(path: record.namespacePath).serve(.tcp, port: 80)
            _ = try await bed.nft("add rule inet berth_test berth-user ip saddr 198.51.100.2 drop")
            #expect(try await neighbour.ask(Testbed.hostLAN, 8080, milliseconds: Self.moment) == nil)
            _ = try await bed.service(warmPool: 0)
            #expect(try await bed.nft("list chain inet berth_test berth-user").contains("ip saddr 198.51.100.2 drop"))
            withExtendedLifetime(listener) {}
        }
    }

    @Test func aFlushedTableComesBackWithTheNextChange() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            let record = try await service.createSandbox(.bridged("web", ports: [Self.binding("", 8080, to: 80)]))
            let listener = try await Probe(path: record.namespacePath).serve(.tcp, port: 80)
            _ = try await bed.nft("flush ruleset")
            #expect(try await bed.host().ask("10.213.0.1", 8080, milliseconds: Self.moment) == nil)
            _ = try await service.createSandbox(.bridged("two", ports: [Self.binding("", 8081, to: 80)]))
            #expect(try await bed.host().ask("10.213.0.1", 8080) == "10.213.0.1")
            withExtendedLifetime(listener) {}
        }
    }
}
