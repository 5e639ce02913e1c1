// Who reaches published ports under each policy.
import Contracts
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct PublishPolicyTests {
    private static let ports = ["", Testbed.hostLAN, "127.0.0.1"].enumerated().map { index, address in
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

    @Test(arguments: ["", "none", "10.0.0.0", "10.0.0.1/24", "any,10.0.0.0/8", "10.0.0.0/8,"])
    func whatIsNoPolicy(text: String) {
        #expect(throws: ConfigurationError.self) { _ = try PublishPolicy(text) }
    }

    @Test func networksWithinOthersAreLeftOut() throws {
        let policy = try PublishPolicy("10.1.0.0/16,10.0.0.0/8,fd00::/8,10.0.0.0/8")
        #expect(policy == .networks(["10.0.0.0/8", "fd00::/8"].compactMap { IPPrefix($0) }))
        #expect(policy.rules.map(\.text) == [
            "meta nfproto ipv4 iifname != @bridges ip saddr != { 10.0.0.0/8 } return",
            "meta nfproto ipv6 iifname != @bridges ip6 saddr != { fd00::/8 } return",
        ])
    }
}
