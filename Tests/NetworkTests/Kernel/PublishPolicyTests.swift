// Who reaches published ports under each policy.
import Contracts
import Foundation
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct PublishPolicyTests {
    private static let ports =
        ["", Testbed.hostLAN, "127.0.0.1"].enumerated().map { index, address in
            PortBinding(
                containerPort: 80, transport: .tcp, hostAddress: address, hostPortFirst: UInt16(8080 + index),
                hostPortLast: UInt16(8080 + index))
        } + [
            PortBinding(containerPort: 80, transport: .tcp),
            PortBinding(containerPort: 53, transport: .udp, hostPortFirst: 8053, hostPortLast: 8060),
        ]

    /// The machine on the listed LAN, the one that isn't, and the host itself.
    @Test(arguments: [("any", true, true), ("loopback", false, false), ("198.51.100.0/24,198.51.100.7/32,2001:db8::/32", true, false)])
    func whoReachesWhat(policy: String, listed: Bool, other: Bool) async throws {
        try await Testbed.with({ $0.publishPolicy = policy }) { bed in
            let (near, far) = (try await bed.neighbour(2), try await bed.secondNeighbour(3))
            let service = try await bed.service(warmPool: 0)
            let record = try await service.createSandbox(.bridged("web", ports: Self.ports))
            let container = try Probe(path: record.namespacePath)
            let listeners = [try await container.serve(.tcp, port: 80), try await container.serve(.udp, port: 53)]
            for port in record.ports where port.hostAddress != "127.0.0.1" {
                for (client, isAllowed) in [(near, listed), (far, other)] {
                    let patience = isAllowed ? 5000 : 300
                    let answer = try await client.ask(Testbed.hostLAN, port.hostPort, port.transport, milliseconds: patience)
                    #expect((answer != nil) == isAllowed)
                }
                #expect(try await bed.host().ask(Testbed.hostLAN, port.hostPort, port.transport) != nil)
            }
            #expect(try await bed.host().ask("127.0.0.1", 8082) != nil)
            #expect(try await near.ask(Testbed.hostLAN, 8082, milliseconds: 300) == nil)
            withExtendedLifetime((listeners, service)) {}
        }
    }

    /// 1,000 for the full scale.
    private static let connects = ProcessInfo.processInfo.environment["BERTH_TEST_CONNECTS"].flatMap { Int($0) } ?? 50

    /// Not one of many connections of a forbidden neighbour comes about, by any form of publishing or without.
    @Test func noneOfMany() async throws {
        try await Testbed.with({ $0.publishPolicy = "198.51.100.0/24,2001:db8:1::/64" }) { bed in
            let (near, far) = (try await bed.neighbour(2), try await bed.secondNeighbour(3))
            for (path, link, address) in [(bed.hostPath, "lan3", "2001:db8:2::1/64"), (far.path, "eth0", "2001:db8:2::3/64")] {
                _ = try await Tool.run(["nsenter", "--net=\(path)", "ip", "-6", "address", "add", address, "dev", link, "nodad"])
            }
            _ = try await Tool.run(["nsenter", "--net=\(far.path)", "ip", "-6", "route", "add", "default", "via", "2001:db8:2::1"])
            let service = try await bed.service(warmPool: 0)
            var network = CreateNetwork.Request(name: "dual")
            network.enablesIPv6 = true
            network.pools = [NetworkRecord.Pool(subnet: "fd00:9::/64", gateway: "")]
            _ = try await service.createNetwork(network)
            var dual = CreateSandbox.Request.bridged(
                "dual",
                ports: ([6, 17] as [UInt16]).map { number in
                    PortBinding(
                        containerPort: 80, transport: number == 6 ? .tcp : .udp, hostPortFirst: 9080 + number, hostPortLast: 9080 + number)
                })
            dual.endpoints = [EndpointRequest(network: "dual")]
            let records = [try await service.createSandbox(.bridged("web", ports: Self.ports)), try await service.createSandbox(dual)]
            let probes = try records.map { try Probe(path: $0.namespacePath) }
            var listeners: [Listener] = []
            for probe in probes {
                for port in [80, 53] as [UInt16] {
                    for transport in [PortBinding.Transport.tcp, .udp] {
                        listeners.append(try await probe.serve(transport, port: port, family: .v6))
                    }
                }
            }
            var answers = 0
            for (address, port, transport) in forms(records) {
                answers += try await attempts(far, address, port, transport)
            }
            #expect(answers == 0)
            // The same way works for those who may.
            #expect(try await near.ask(Testbed.hostLAN, 8080) != nil)
            withExtendedLifetime((listeners, service)) {}
        }
    }

    private func attempts(_ probe: Probe, _ address: String, _ port: UInt16, _ transport: PortBinding.Transport) async throws -> Int {
        var answers = 0
        for start in stride(from: 0, to: Self.connects, by: 250) {
            answers += try await probe.attempts(address, port, transport, count: min(250, Self.connects - start), milliseconds: 300)
        }
        return answers
    }

    /// Every published port by the host's addresses, and every container's own address.
    private func forms(_ records: [SandboxRecord]) -> [(String, UInt16, PortBinding.Transport)] {
        let published = records.flatMap(\.ports).flatMap { port -> [(String, UInt16, PortBinding.Transport)] in
            let hosts = port.hostAddress.contains(":") ? ["2001:db8:2::1"] : ["203.0.113.1", Testbed.hostLAN, "10.213.0.1"]
            return hosts.map { ($0, port.hostPort, port.transport) }
        }
        let own: [String] = records.flatMap(\.endpoints).flatMap { [$0.ipv4Address, $0.ipv6Address] }.filter { !$0.isEmpty }
        return published
            + own.flatMap { address in
                [(address, 80 as UInt16, PortBinding.Transport.tcp), (address, 80, .udp), (address, 53, .udp)]
            }
    }

    @Test(arguments: ["", "none", "10.0.0.0", "10.0.0.1/24", "any,10.0.0.0/8", "10.0.0.0/8,"])
    func whatIsNoPolicy(text: String) {
        #expect(throws: ConfigurationError.self) { _ = try PublishPolicy(text) }
    }

    @Test func networksWithinOthersAreLeftOut() throws {
        let policy = try PublishPolicy("10.1.0.0/16,10.0.0.0/8,fd00::/8,10.0.0.0/8")
        #expect(policy == .networks(["10.0.0.0/8", "fd00::/8"].compactMap { IPPrefix($0) }))
        #expect(
            policy.rules.map(\.text) == [
                "meta nfproto ipv4 iifname != @bridges ip saddr != { 10.0.0.0/8 } return",
                "meta nfproto ipv6 iifname != @bridges ip6 saddr != { fd00::/8 } return",
            ])
    }
}
