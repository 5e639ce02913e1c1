// User-defined networks in the kernel: made, used by containers, changed while those run, removed.
import Contracts
import Glibc
import RPC
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct UserNetworkTests {
    private func network(
        _ name: String, _ change: (inout CreateNetwork.Request) -> Void = { _ in }
    ) -> CreateNetwork.Request {
        var request = CreateNetwork.Request(name: name)
        change(&request)
        return request
    }

    private func container(
        _ id: String, on networks: [String], ports: [PortBinding] = [], _ change: (inout CreateSandbox.Request) -> Void = { _ in }
    ) -> CreateSandbox.Request {
        var request = CreateSandbox.Request(
            containerID: id, containerName: "name-of-\(id)", mode: .own, endpoints: networks.map { EndpointRequest(network: $0) },
            ports: ports, hostname: id)
        change(&request)
        return request
    }

    @Test func neighboursReachEachOtherAndNobodyElse() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            let front = try await service.createNetwork(network("front")).network
            _ = try await service.createNetwork(network("back"))
            #expect(front.pools == [.init(subnet: "10.213.1.0/24", gateway: "10.213.1.1")])
            let first = try await service.createSandbox(container("a", on: ["front"]))
            let second = try await service.createSandbox(container("b", on: ["front"]))
            let other = try await service.createSandbox(container("c", on: ["back"]))
            let address = try #require(second.endpoints.first).ipv4Address
            #expect(address == "10.213.1.3")
            #expect(first.endpoints.first?.dnsNames == ["name-of-a", "a"])
            let listener = try await Probe(path: second.namespacePath).serve(.tcp, port: 80)
            #expect(try await Probe(path: first.namespacePath).ask(address, 80) == "10.213.1.2")
            #expect(try await bed.host().ask(address, 80) == "10.213.1.1")
            #expect(try await Probe(path: other.namespacePath).ask(address, 80, milliseconds: 300) == nil)
            withExtendedLifetime(listener) {}
        }
    }

    /// On one that forwards IPv6 anyway: what a network turns on stays on, and what that opens stays closed.
    @Test func removalLeavesTheHostAsItWas() async throws {
        try await Testbed.with { bed in
            try await bed.setForwarding(true, family: 6)
            let service = try await bed.service(warmPool: 0)
            let before = try await bed.inventory()
            let made = try await service.createNetwork(network("front") { $0.enablesIPv6 = true }).network
            _ = try await service.createSandbox(
                container("a", on: ["front", "bridge"], ports: [PortBinding(containerPort: 80, transport: .tcp)]))
            let error = try await #require(throws: RPCError.self) { try await service.removeNetwork(.init(id: made.id)) }
            #expect(error.code == .forbidden)
            #expect(
                error.message.hasPrefix(
                    "error while removing network: network front id \(made.id) has active endpoints (name:\"name-of-a\""))
            try await service.removeSandbox(.init(containerID: "a", keepsFiles: false))
            await service.settle()
            try await service.removeNetwork(.init(id: made.id))
            #expect(try await bed.inventory() == before)
            #expect(await service.listNetworks().map(\.name) == ["bridge", "host", "none"])
        }
    }

    @Test func severalNetworksHaveAnOrderAndOneWayOut() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            for name in ["alpha", "beta"] { _ = try await service.createNetwork(network(name)) }
            _ = try await service.createNetwork(network("inner") { $0.isInternal = true })
            let plain = try await service.createSandbox(container("a", on: ["inner", "beta", "alpha"]))
            #expect(plain.endpoints.map { "\($0.interface) \($0.networkName)" } == ["eth0 inner", "eth1 beta", "eth2 alpha"])
            #expect(try await Probe(path: plain.namespacePath).defaultGatewayWorks("eth2"))
            #expect(plain.endpoints.first?.ipv4Gateway == "")
            let chosen = try await service.createSandbox(container("b", on: ["alpha", "beta"]) { $0.endpoints[1].gatewayPriority = 1 })
            #expect(try await Probe(path: chosen.namespacePath).defaultGatewayWorks("eth1"))
            let cut = try await service.createSandbox(container("c", on: ["inner"]))
            #expect(try await Probe(path: cut.namespacePath).defaultGatewayWorks("eth0") == false)
        }
    }

    @Test func whatAnEndpointAsksFor() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            _ = try await service.createNetwork(
                network("front") {
                    $0.enablesIPv6 = true
                    $0.pools = [
                        .init(subnet: "10.9.0.0/16", gateway: "", ipRange: "10.9.5.0/24", auxiliaryAddresses: ["printer": "10.9.5.0"]),
                        .init(subnet: "fd00:9::/64", gateway: "fd00:9::99"),
                    ]
                })
            let record = try await service.createSandbox(
                container("a", on: ["front"]) {
                    $0.endpoints[0].ipv4Address = "10.9.200.1"
                    $0.endpoints[0].ipv6Address = "fd00:9::abcd:1:2:3"
                    $0.endpoints[0].macAddress = "02:42:ac:11:00:09"
                    $0.endpoints[0].aliases = ["db"]
                    $0.endpoints[0].linkLocalAddresses = ["169.254.7.7"]
                    $0.endpoints[0].driverOptions = [
                        EndpointPlan.sysctlsKey: "net.ipv4.conf.IFNAME.log_martians=1", EndpointPlan.interfaceKey: "lan",
                    ]
                })
            let inside = try Probe(path: record.namespacePath)
            #expect(try await inside.addresses("lan") == ["10.9.200.1/16", "169.254.7.7/16"])
            #expect(try await inside.sysctl("net/ipv4/conf/lan/log_martians") == "1")
            let endpoint = try #require(record.endpoints.first)
            #expect(
                [endpoint.ipv4Gateway, endpoint.ipv6Address, endpoint.ipv6Gateway, endpoint.macAddress]
                    == ["10.9.0.1", "fd00:9::abcd:1:2:3", "fd00:9::99", "02:42:ac:11:00:09"])
            #expect(endpoint.dnsNames == ["name-of-a", "db", "a"])
            let any = try await service.createSandbox(container("b", on: ["front"]))
            #expect(any.endpoints.first?.ipv4Address == "10.9.5.1")
            let taken = try await #require(throws: IPAMError.self) {
                _ = try await service.createSandbox(container("c", on: ["front"]) { $0.endpoints[0].ipv4Address = "10.9.200.1" })
            }
            #expect(taken.rpcError.message == "Address already in use")
            #expect(await service.listSandboxes().count == 2)
        }
    }

    @Test func connectAndDisconnectWhileItRuns() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            _ = try await service.createNetwork(network("alpha"))
            _ = try await service.createNetwork(network("beta"))
            let binding = PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)
            let record = try await service.createSandbox(container("a", on: ["beta"], ports: [binding]))
            let before = try await bed.inventory().filter { !$0.hasPrefix("veth") }
            let listener = try await Probe(path: record.namespacePath).serve(.tcp, port: 80)

            let joined = try await service.connectEndpoint(
                .init(containerID: "a", endpoint: EndpointRequest(network: "alpha", aliases: ["db"]), ports: [binding]))
            #expect(joined.endpoints.map { "\($0.interface) \($0.networkName)" } == ["eth0 beta", "eth1 alpha"])
            #expect(joined.ports == record.ports)
            // The way out is alpha now, by name; the port leads there.
            #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.1.1")
            #expect(try TextFile.read(record.hostsPath, limit: 4096)?.hasSuffix("10.213.2.2\ta\n10.213.1.2\ta\n") == true)
            let again = try await #require(throws: RPCError.self) {
                _ = try await service.connectEndpoint(.init(containerID: "a", endpoint: EndpointRequest(network: "alpha"), ports: []))
            }
            #expect(again.code == .forbidden)

            let left = try #require(try await service.disconnectEndpoint(.init(containerID: "a", network: "alpha")))
            #expect(left.endpoints == record.endpoints)
            #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.2.1")
            #expect(try await Probe(path: record.namespacePath).defaultGatewayWorks("eth0"))
            #expect(try TextFile.read(record.hostsPath, limit: 4096)?.hasSuffix("10.213.2.2\ta\n") == true)
            #expect(try await bed.inventory().filter { !$0.hasPrefix("veth") } == before)

            let renamed = try #require(try await service.renameSandbox(.init(containerID: "a", containerName: "fresh")))
            #expect(renamed.endpoints.first?.dnsNames == ["fresh", "a"])
            let alone = try #require(try await service.disconnectEndpoint(.init(containerID: "a", network: "beta")))
            #expect(alone.endpoints.isEmpty && alone.ports.isEmpty)
            #expect(try await service.disconnectEndpoint(.init(containerID: "nobody", network: "beta")) == nil)
            withExtendedLifetime(listener) {}
        }
    }

    @Test func networksSurviveARestart() async throws {
        try await Testbed.with { bed in
            var service: NetworkService? = try await bed.service(warmPool: 0)
            let made = try #require(try await service?.createNetwork(network("front") { $0.enablesIPv6 = true })).network
            let record = try #require(try await service?.createSandbox(container("a", on: ["front"])))
            service = nil
            let next = try await bed.service(warmPool: 0)
            #expect(await next.listNetworks().first { $0.name == "front" } == made)
            #expect(await next.listSandboxes() == [record])
            #expect(try await next.createSandbox(container("b", on: ["front"])).endpoints.first?.ipv4Address == "10.213.1.3")
            try await next.purge()
            #expect(try await bed.inventory().filter { $0.hasPrefix("br-") } == [])
        }
    }

    @Test func isolationOfContainersAndOfWholeNetworks() async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service(warmPool: 0)
            _ = try await service.createNetwork(network("apart") { $0.options = ["com.docker.network.bridge.enable_icc": "false"] })
            _ = try await service.createNetwork(network("inner") { $0.isInternal = true })
            for name in ["apart", "inner"] {
                let first = try await service.createSandbox(container("\(name)1", on: [name]))
                let second = try await service.createSandbox(container("\(name)2", on: [name]))
                let address = try #require(second.endpoints.first).ipv4Address
                let listener = try await Probe(path: second.namespacePath).serve(.tcp, port: 80)
                let answer = try await Probe(path: first.namespacePath).ask(address, 80, milliseconds: name == "inner" ? 5000 : 400)
                #expect((answer != nil) == (name == "inner"))
                #expect(try await neighbour.ask(address, 80, milliseconds: 300) == nil)
                withExtendedLifetime(listener) {}
            }
            let outside = try await neighbour.serve(.tcp, port: 81)
            let sandboxes = await service.listSandboxes()
            let inner = try Probe(path: try #require(sandboxes.first { $0.containerID == "inner1" }).namespacePath)
            let apart = try Probe(path: try #require(sandboxes.first { $0.containerID == "apart1" }).namespacePath)
            #expect(try await inner.ask("198.51.100.2", 81, milliseconds: 300) == nil)
            #expect(try await apart.ask("198.51.100.2", 81) == Testbed.hostLAN)
            withExtendedLifetime(outside) {}
        }
    }

    @Test func gatewayModes() async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service(warmPool: 0)
            let ports = [PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)]
            for (mode, isUnpublishedReached) in [("routed", false), ("nat-unprotected", true)] {
                _ = try await service.createNetwork(network(mode) { $0.options = ["com.docker.network.bridge.gateway_mode_ipv4": mode] })
                let record = try await service.createSandbox(container(mode, on: [mode], ports: ports))
                let address = try #require(record.endpoints.first).ipv4Address
                let inside = try Probe(path: record.namespacePath)
                let listeners = [try await inside.serve(.tcp, port: 80), try await inside.serve(.tcp, port: 81)]
                #expect(try await neighbour.ask(address, 80) != nil, "\(mode)")
                let other = try await neighbour.ask(address, 81, milliseconds: isUnpublishedReached ? 5000 : 500)
                #expect((other != nil) == isUnpublishedReached, "\(mode)")
                #expect(record.ports.isEmpty == (mode == "routed"))
                try await service.removeSandbox(.init(containerID: mode, keepsFiles: false))
                withExtendedLifetime(listeners) {}
            }
            #expect(try await bed.nft("list table inet berth_test").contains(". tcp . 80") == false)
        }
    }
}
