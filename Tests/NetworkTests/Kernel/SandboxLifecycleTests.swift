// Sandboxes in the kernel: made, listed, replaced, removed.
import Contracts
import Glibc
import RPC
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct SandboxLifecycleTests {
    @Test func aContainerGetsItsNetwork() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            var request = CreateSandbox.Request.bridged("c1")
            request.endpoints[0].macAddress = "02:42:ac:11:00:02"
            request.extraHosts = ["gate:host-gateway"]
            let record = try await service.createSandbox(request)

            let endpoint = try #require(record.endpoints.first)
            #expect(endpoint.networkName == "bridge")
            #expect(endpoint.endpointID.count == 64)
            #expect(
                [endpoint.interface, endpoint.ipv4Address, endpoint.ipv4Gateway, endpoint.macAddress]
                    == ["eth0", "10.213.0.2", "10.213.0.1", "02:42:ac:11:00:02"])
            #expect(endpoint.ipv4PrefixLength == 24)

            let inside = try Probe(path: record.namespacePath)
            #expect(try await inside.addresses("eth0") == ["10.213.0.2/24"])
            #expect(try await inside.addresses("lo") == ["127.0.0.1/8"])
            #expect(try await inside.defaultGatewayWorks("eth0"))
            let links = try await inside.links()
            #expect(links.filter { !$0.isUp } == [])
            #expect(links.first { $0.name == "eth0" }?.mac?.description == "02:42:ac:11:00:02")
            #expect(try await inside.sysctl("net/ipv4/ip_unprivileged_port_start") == "0")
            #expect(try await inside.sysctl("net/ipv4/ping_group_range") == "0\t2147483647")

            #expect(try TextFile.read(record.hostnamePath, limit: 100) == "c1\n")
            let hosts = try #require(try TextFile.read(record.hostsPath, limit: 1000))
            #expect(hosts.hasSuffix("10.213.0.1\tgate\n10.213.0.2\tc1\n"))
            #expect(try TextFile.read(record.resolvConfPath, limit: 1000)?.contains("nameserver ") == true)
            #expect(await service.listSandboxes() == [record])
        }
    }

    @Test(arguments: [("host", CreateSandbox.Mode.host, "host"), ("none", .own, "null")])
    func membershipOfANetworkThatGivesNothingIsKnown(network: String, mode: CreateSandbox.Mode, driver: String) async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            var request = CreateSandbox.Request(containerID: "c1", containerName: "web", mode: mode, hostname: "web")
            request.nominalNetwork = network
            let record = try await service.createSandbox(request)
            let endpoint = try #require(record.endpoints.first)
            let networkID = try #require(await service.listNetworks().first { $0.name == network }?.id)
            #expect([endpoint.networkName, endpoint.networkID, endpoint.driver] == [network, networkID, driver])
            #expect(endpoint.endpointID.count == 64)
            #expect(await service.listSandboxes() == [record])

            let left = try await service.disconnectEndpoint(.init(containerID: "c1", network: networkID))
            #expect(left?.endpoints == [])
            #expect(await service.listSandboxes().first?.endpoints == [])
        }
    }

    @Test func removalFreesEverything() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let before = try await bed.inventory()
            let record = try await service.createSandbox(.bridged("c1", ports: [PortBinding(containerPort: 80, transport: .tcp)]))
            #expect(try await bed.inventory() != before)
            try await service.removeSandbox(.init(containerID: "c1", keepsFiles: true))
            await service.settle()
            #expect(try await bed.inventory() == before)
            #expect(access(record.hostsPath, F_OK) == 0)
            try await service.removeSandbox(.init(containerID: "c1", keepsFiles: false))
            try await service.removeSandbox(.init(containerID: "never-was", keepsFiles: false))
            #expect(access(record.hostsPath, F_OK) != 0)
            #expect(await service.listSandboxes().isEmpty)
        }
    }

    /// The next container may have the address at once, though the former one's interface is still there.
    @Test func aRemovedContainerIsCutOffAtOnce() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 1)
            let record = try await service.createSandbox(.bridged("c1"))
            let inside = try Probe(path: record.namespacePath)
            let listener = try await inside.serve(.tcp, port: 80)
            #expect(try await bed.host().ask("10.213.0.2", 80) == "10.213.0.1")
            try await service.removeSandbox(.init(containerID: "c1", keepsFiles: false))
            #expect(try await bed.host().ask("10.213.0.2", 80, milliseconds: 300) == nil)
            withExtendedLifetime(listener) {}
        }
    }

    @Test func severalDepartTogether() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let before = try await bed.inventory()
            for number in 1...5 { _ = try await service.createSandbox(.bridged("c\(number)")) }
            for number in 1...5 { try await service.removeSandbox(.init(containerID: "c\(number)", keepsFiles: false)) }
            await service.settle()
            #expect(try await bed.inventory() == before)
        }
    }

    @Test func aSecondSandboxReplacesTheFirst() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let binding = PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)
            let first = try await service.createSandbox(.bridged("c1", ports: [binding]))
            let second = try await service.createSandbox(.bridged("c1", ports: [binding]))
            #expect(first.namespacePath != second.namespacePath)
            #expect(
                second.ports
                    == ["0.0.0.0", "::"].map {
                        PublishedPort(containerPort: 80, transport: .tcp, hostAddress: $0, hostPort: 8080)
                    })
            await service.settle()
            #expect(try bed.pins().count == 1)
            #expect(await service.listSandboxes() == [second])
        }
    }

    /// One that stops and starts again has its address again, unless it is taken; the address of one that was removed comes last.
    @Test func addressesComeBack() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            func address(_ id: String) async throws -> String? {
                try await service.createSandbox(.bridged(id)).endpoints.first?.ipv4Address
            }
            #expect(try await address("a") == "10.213.0.2")
            #expect(try await address("b") == "10.213.0.3")
            for _ in 0..<3 {
                try await service.removeSandbox(.init(containerID: "a", keepsFiles: true))
                #expect(try await address("a") == "10.213.0.2")
            }
            try await service.removeSandbox(.init(containerID: "a", keepsFiles: true))
            try await service.removeSandbox(.init(containerID: "a", keepsFiles: false))
            #expect(try await address("a") == "10.213.0.4")
        }
    }

    @Test func sharedModes() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let donor = try await service.createSandbox(.bridged("donor"))
            func request(_ id: String, _ mode: CreateSandbox.Mode) -> CreateSandbox.Request {
                CreateSandbox.Request(containerID: id, containerName: id, mode: mode, hostname: id)
            }
            let guest = try await service.createSandbox(request("guest", .container("donor")))
            #expect([guest.namespacePath, guest.hostsPath] == [donor.namespacePath, donor.hostsPath])
            #expect(guest.endpoints.isEmpty)

            let host = try await service.createSandbox(request("host", .host))
            #expect(host.namespacePath == "")
            #expect(try TextFile.read(host.hostsPath, limit: 1 << 20) == TextFile.read("/etc/hosts", limit: 1 << 20))

            let none = try await service.createSandbox(request("none", .own))
            #expect(try await Probe(path: none.namespacePath).links().map(\.name) == ["lo"])

            let error = await #expect(throws: RPCError.self) { _ = try await service.createSandbox(request("x", .container("missing"))) }
            #expect(error?.code == .conflict)
            try await service.removeSandbox(.init(containerID: "guest", keepsFiles: false))
            #expect(try bed.pins().contains { donor.namespacePath.hasSuffix($0) })
        }
    }

    @Test func aFailureLeavesNothing() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let taken = PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)
            _ = try await service.createSandbox(.bridged("c1", ports: [taken]))
            let before = try await bed.inventory()
            let free = PortBinding(containerPort: 81, transport: .tcp, hostPortFirst: 8081, hostPortLast: 8081)
            let error = await #expect(throws: RPCError.self) { _ = try await service.createSandbox(.bridged("c2", ports: [free, taken])) }
            #expect(error?.message == "Bind for 0.0.0.0:8080 failed: port is already allocated")
            #expect(error?.details["container"] == "c1")
            #expect(try await bed.inventory() == before)
            let next = try await service.createSandbox(.bridged("c3", ports: [free]))
            #expect(next.ports.map(\.hostPort) == [8081, 8081])
        }
    }

    @Test func predefinedNetworks() async throws {
        try await Testbed.with { bed in
            let networks = try await bed.service().listNetworks()
            #expect(networks.map(\.name) == ["bridge", "host", "none"])
            #expect(networks.map(\.driver) == ["bridge", "host", "null"])
            #expect(networks.allSatisfy { $0.id.count == 64 && $0.createdAt > 0 })
            #expect(networks[0].pools == [.init(subnet: "10.213.0.0/24", gateway: "10.213.0.1")])
            #expect(networks[0].options["com.docker.network.bridge.name"] == "brtest0")
            #expect(try await bed.service().listNetworks() == networks)
        }
    }

    @Test func theBridgesSubnetAvoidsTheHostsRoutes() async throws {
        try await Testbed.with { bed in
            try await bed.host().connect(to: bed.neighbour().path, name: "vpn0", address: "10.213.0.77/23", peer: "eth1")
            #expect(try await bed.service().listNetworks().first?.pools.first?.subnet == "10.213.2.0/24")
        }
    }

    /// Eight clients, two hundred sandboxes.
    @Test func manyAtOnce() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 4)
            let start = ContinuousClock.now
            let records = try await withThrowingTaskGroup(of: [SandboxRecord].self) { group in
                for client in 0..<8 {
                    group.addTask {
                        var records: [SandboxRecord] = []
                        for number in 0..<25 {
                            let ports = [PortBinding(containerPort: 80, transport: .tcp)]
                            records.append(try await service.createSandbox(.bridged("c\(client)-\(number)", ports: ports)))
                        }
                        return records
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            print("200 sandboxes by 8 clients: \(ContinuousClock.now - start)")
            #expect(Set(records.flatMap(\.endpoints).map(\.ipv4Address)).count == 200)
            #expect(Set(records.flatMap(\.ports).map(\.hostPort)).count == 200)
            #expect(Set(records.map(\.namespacePath)).count == 200)
            #expect(try await service.listNetworks() == bed.service(warmPool: 0).listNetworks())
            try await service.purge()
            #expect(try bed.pins().isEmpty)
        }
    }
}
