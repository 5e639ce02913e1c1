// The packet filter while others change it.
import Contracts
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct FirewallWatchTests {
    private static let binding = PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)

    private func table(_ bed: Testbed) async throws -> String { try await bed.nft("list table inet berth_test") }

    /// Whatever is taken away comes back by itself, and ports are reached again.
    @Test(arguments: [
        "flush ruleset", "delete table inet berth_test", "flush table inet berth_test", "flush map inet berth_test published_anywhere",
        "flush chain inet berth_test to_containers", "add rule inet berth_test forward drop",
    ])
    func comesBack(script: String) async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service(warmPool: 0)
            let record = try await service.createSandbox(.bridged("web", ports: [Self.binding]))
            let listener = try await Probe(path: record.namespacePath).serve(.tcp, port: 80)
            let before = try await table(bed)
            _ = try await bed.nft("add table inet somebody_elses")
            _ = try await bed.nft(script)
            try await eventually("the table as it was") { try? await table(bed) == before ? true : nil }
            #expect(try await neighbour.ask(Testbed.hostLAN, 8080) == "198.51.100.2")
            withExtendedLifetime((listener, service)) {}
        }
    }

    @Test func theAdministratorsChainIsLeftAlone() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            _ = try await bed.nft("add rule inet berth_test berth-user ip saddr 192.0.2.1 drop")
            _ = try await bed.nft("flush chain inet berth_test forward")
            try await eventually("the chain as it was") { try await table(bed).contains("jump berth-user") ? true : nil }
            #expect(try await table(bed).contains("ip saddr 192.0.2.1 drop"))
            withExtendedLifetime(service) {}
        }
    }

    @Test func whatIsForwardedWithoutTheEngineIsDroppedIfItTurnedForwardingOn() async throws {
        try await Testbed.with { bed in
            // A new namespace may have it from the host.
            try await bed.setForwarding(false)
            let (first, second) = (try await bed.neighbour(2), try await bed.secondNeighbour(3))
            let service = try await bed.service(warmPool: 0)
            let listener = try await second.serve(.tcp, port: 7000)
            #expect(try await bed.host().ask("203.0.113.3", 7000) != nil)
            #expect(try await first.ask("203.0.113.3", 7000, milliseconds: 400) == nil)
            withExtendedLifetime((listener, service)) {}
        }
    }

    @Test func forwardingThatWasOnGoesOn() async throws {
        try await Testbed.with { bed in
            try await bed.setForwarding(true)
            let (first, second) = (try await bed.neighbour(2), try await bed.secondNeighbour(3))
            let service = try await bed.service(warmPool: 0)
            let listener = try await second.serve(.tcp, port: 7000)
            #expect(try await first.ask("203.0.113.3", 7000) == "198.51.100.2")
            withExtendedLifetime((listener, service)) {}
        }
    }

    /// Forwarding of IPv6 comes with the first network that has it, and is closed then; that of IPv4 was the host's.
    @Test func familiesAreClosedOnTheirOwn() async throws {
        try await Testbed.with { bed in
            try await bed.setForwarding(true)
            try await bed.setForwarding(false, family: 6)
            let service = try await bed.service(warmPool: 0)
            #expect(try await !table(bed).contains("iifkind"))
            var request = CreateNetwork.Request(name: "six")
            request.enablesIPv6 = true
            _ = try await service.createNetwork(request)
            #expect(try await bed.host().sysctl("net/ipv6/conf/all/forwarding") == "1")
            let rules = try await table(bed).split(separator: "\n").filter { $0.contains("iifkind") }
            #expect(rules.count == 1 && rules.first?.contains("nfproto ipv6") == true, "\(rules)")
            let again = try await bed.service(warmPool: 0)
            #expect(try await table(bed).split(separator: "\n").filter { $0.contains("iifkind") } == rules)
            // After a reboot, whoever has it on needs it.
            try await again.store.set(.bootID, "another")
            try await again.store.set(.enabledForwarding, "yes")
            _ = try await bed.service(warmPool: 0)
            #expect(try await !table(bed).contains("iifkind"))
        }
    }

    @Test func anotherTableThatCutsOffIsWarnedOf() async throws {
        try await Testbed.with { bed in
            _ = try await bed.nft("add table ip filter")
            _ = try await bed.nft("add chain ip filter FORWARD { type filter hook forward priority 0 ; policy drop ; }")
            let service = try ServiceProcess(bed)
            #expect(try await service.list().isEmpty)
            #expect(service.words.contains("iptables -I FORWARD -i brtest0 -j ACCEPT"), "\(service.words)")
            #expect(try await service.stop() == 0)
        }
    }
}
