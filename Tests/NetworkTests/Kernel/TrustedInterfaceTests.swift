// Networks whose published ports are reached directly from behind some of the host's interfaces.
import Contracts
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct TrustedInterfaceTests {
    private static let key = "com.docker.network.bridge.trusted_host_interfaces"

    /// A neighbour behind a trusted interface reaches what is published, at the container's own address; nobody else does.
    @Test func whoReachesWhat() async throws {
        try await Testbed.with { bed in
            let (near, far) = (try await bed.neighbour(2), try await bed.secondNeighbour(3))
            for (path, link, address) in [(bed.hostPath, "lan2", "2001:db8:2::1/64"), (near.path, "eth0", "2001:db8:2::2/64")] {
                _ = try await Tool.run(["nsenter", "--net=\(path)", "ip", "-6", "address", "add", address, "dev", link, "nodad"])
            }
            _ = try await Tool.run(["nsenter", "--net=\(near.path)", "ip", "-6", "route", "add", "default", "via", "2001:db8:2::1"])
            let service = try await bed.service(warmPool: 0)
            var network = CreateNetwork.Request(name: "app")
            network.options = [Self.key: "lan2:vpn0"]
            network.enablesIPv6 = true
            network.pools = [NetworkRecord.Pool(subnet: "fd00:9::/64", gateway: "")]
            #expect(try await service.createNetwork(network).warnings.isEmpty)
            var request = CreateSandbox.Request.bridged(
                "web", ports: [PortBinding(containerPort: 80, transport: .tcp), PortBinding(containerPort: 81, transport: .tcp)])
            request.endpoints = [EndpointRequest(network: "app")]
            let record = try await service.createSandbox(request)
            let probe = try Probe(path: record.namespacePath)
            let listeners = [
                try await probe.serve(.tcp, port: 80, family: .v6), try await probe.serve(.tcp, port: 81, family: .v6),
                try await probe.serve(.tcp, port: 82, family: .v6),
            ]
            let endpoint = try #require(record.endpoints.first)
            for (address, own) in [(endpoint.ipv4Address, "198.51.100.2"), (endpoint.ipv6Address, "2001:db8:2::2")] {
                for port in [80, 81] as [UInt16] { #expect(try await near.ask(address, port)?.hasSuffix(own) == true) }
                #expect(try await near.ask(address, 82, milliseconds: 300) == nil)
            }
            #expect(try await far.ask(endpoint.ipv4Address, 80, milliseconds: 300) == nil)
            // As before after a restart, and gone with the container.
            let rules = try await bed.inventory()
            let next = try await bed.service(warmPool: 0)
            #expect(try await bed.inventory() == rules)
            try await next.removeSandbox(.init(containerID: "web", keepsFiles: false))
            #expect(try await near.ask(endpoint.ipv4Address, 80, milliseconds: 300) == nil)
            withExtendedLifetime((listeners, service)) {}
        }
    }

    @Test(arguments: ["", "lan2", "lan2:vpn0", ":", "a:", "0123456789abcdef", "a b", "a\";drop"])
    func names(text: String) {
        var (faults, unknown): ([String], [String]) = ([], [])
        let options = NetworkOptions([Self.key: text], isInternal: false, faults: &faults, unknown: &unknown)
        #expect(faults.isEmpty == ["", "lan2", "lan2:vpn0"].contains(text))
        if faults.isEmpty { #expect(options.trustedInterfaces == text.split(separator: ":").map(String.init)) }
    }
}
