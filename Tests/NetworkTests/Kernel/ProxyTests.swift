// Ports that the kernel can't lead to their containers: ::1, and IPv6 to containers without it.
import Contracts
import Glibc
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct ProxyTests {
    private static let hostLAN = "2001:db8:1::1"

    /// A neighbour by IPv6 too.
    private func neighbour(_ bed: Testbed) async throws -> Probe {
        let probe = try await bed.neighbour(2)
        for (path, link, address) in [(bed.hostPath, "lan2", "\(Self.hostLAN)/64"), (probe.path, "eth0", "2001:db8:1::2/64")] {
            _ = try await Tool.run(["nsenter", "--net=\(path)", "ip", "-6", "address", "add", address, "dev", link, "nodad"])
        }
        return probe
    }

    private func binding(_ transport: PortBinding.Transport, _ port: UInt16, on host: String = "") -> PortBinding {
        PortBinding(containerPort: 80, transport: transport, hostAddress: host, hostPortFirst: port, hostPortLast: port)
    }

    @Test(arguments: [PortBinding.Transport.tcp, .udp])
    func containersWithoutIPv6(transport: PortBinding.Transport) async throws {
        try await Testbed.with { bed in
            let neighbour = try await neighbour(bed)
            let service = try await bed.service(warmPool: 0)
            let ports = [binding(transport, 8080), binding(transport, 8081, on: "::1"), binding(transport, 8082, on: Self.hostLAN)]
            let record = try await service.createSandbox(.bridged("web", ports: ports))
            #expect(record.ports.map(\.hostAddress) == ["0.0.0.0", "::", "::1", Self.hostLAN])
            let listener = try await Probe(path: record.namespacePath).serve(transport, port: 80)
            let host = try bed.host()
            for (address, port) in [("::1", 8080), (Self.hostLAN, 8080), ("::1", 8081), (Self.hostLAN, 8082)] as [(String, UInt16)] {
                #expect(try await host.ask(address, port, transport) == "10.213.0.1", "\(address) \(port)")
            }
            #expect(try await neighbour.ask(Self.hostLAN, 8080, transport) == "10.213.0.1")
            #expect(try await neighbour.ask(Self.hostLAN, 8081, transport, milliseconds: 300) == nil)
            try await service.removeSandbox(.init(containerID: "web", keepsFiles: false))
            #expect(try await host.ask("::1", 8080, transport, milliseconds: 300) == nil)
            // Free for others at once.
            _ = try await service.createSandbox(.bridged("next", ports: ports))
            withExtendedLifetime(listener) {}
        }
    }

    /// The packet filter leads neighbours to a container with IPv6 under their own addresses; only ::1 goes by the proxy.
    @Test(arguments: [PortBinding.Transport.tcp, .udp])
    func containersWithIPv6(transport: PortBinding.Transport) async throws {
        try await Testbed.with { bed in
            let neighbour = try await neighbour(bed)
            let service = try await bed.service(warmPool: 0)
            var network = CreateNetwork.Request(name: "six")
            (network.enablesIPv4, network.enablesIPv6) = (false, true)
            network.pools = [NetworkRecord.Pool(subnet: "fd00:9::/64", gateway: "")]
            _ = try await service.createNetwork(network)
            var request = CreateSandbox.Request.bridged("web", ports: [binding(transport, 8080)])
            request.endpoints = [EndpointRequest(network: "six")]
            let record = try await service.createSandbox(request)
            let listener = try await Probe(path: record.namespacePath).serve(transport, port: 80, family: .v6)
            #expect(try await bed.host().ask("::1", 8080, transport) == "fd00:9::1")
            #expect(try await bed.host().ask(Self.hostLAN, 8080, transport) == Self.hostLAN)
            #expect(try await neighbour.ask(Self.hostLAN, 8080, transport) == "2001:db8:1::2")
            withExtendedLifetime(listener) {}
        }
    }

    /// Whose packets a listener takes is settled before a connection begins.
    @Test(arguments: [("loopback", false), ("2001:db8:1::/64", true), ("2001:db8:1::/127", false), ("fd00::/8,2001:db8:1::2/128", true)])
    func policy(policy: String, isAllowed: Bool) async throws {
        try await Testbed.with({ $0.publishPolicy = policy }) { bed in
            let neighbour = try await neighbour(bed)
            let service = try await bed.service(warmPool: 0)
            let record = try await service.createSandbox(.bridged("web", ports: [binding(.tcp, 8080), binding(.udp, 8080)]))
            let probe = try Probe(path: record.namespacePath)
            let listeners = [try await probe.serve(.tcp, port: 80), try await probe.serve(.udp, port: 80)]
            for transport in [PortBinding.Transport.tcp, .udp] {
                let answer = try await neighbour.ask(Self.hostLAN, 8080, transport, milliseconds: isAllowed ? 5000 : 300)
                #expect((answer != nil) == isAllowed)
                for address in ["::1", Self.hostLAN] { #expect(try await bed.host().ask(address, 8080, transport) != nil) }
            }
            withExtendedLifetime(listeners) {}
        }
    }

    @Test func withoutAProxyThereIsNoIPv6() async throws {
        try await Testbed.with({ $0.userlandProxy = false }) { bed in
            let service = try await bed.service(warmPool: 0)
            let record = try await service.createSandbox(.bridged("web", ports: [binding(.tcp, 8080)]))
            #expect(record.ports.map(\.hostAddress) == ["0.0.0.0"])
        }
    }

    /// Much of it both ways, from a client that ends its part first.
    @Test func streamsComeThroughWhole() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let record = try await service.createSandbox(.bridged("echo", ports: [binding(.tcp, 8080)]))
            let bytes = 20 << 20
            let server = Task {
                try await Tool.run([
                    "nsenter", "--net=\(record.namespacePath)", "timeout", "60", "busybox", "nc", "-l", "-p", "80", "-e", "busybox", "cat",
                ])
            }
            let script = "head -c \(bytes) /dev/zero | timeout 60 busybox nc ::1 8080 | wc -c"
            let echoed = try await eventually("the echo", within: .seconds(60)) {
                let text = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "sh", "-c", script], mayFail: true)
                return Int(text.trimmingSpace).flatMap { $0 > 0 ? $0 : nil }
            }
            #expect(echoed == bytes)
            _ = try await server.value
        }
    }
}

extension String {
    fileprivate var trimmingSpace: String { filter { !$0.isWhitespace } }
}
