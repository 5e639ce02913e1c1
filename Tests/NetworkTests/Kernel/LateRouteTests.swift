// Routes that the host gets while networks are there.
import Contracts
import RPC
import Synchronization
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct LateRouteTests {
    /// What was told.
    private final class Ear: Sendable {
        private let heard = Mutex<[NetworkNotice]>([])

        func hear(_ notice: NetworkNotice) { heard.withLock { $0.append(notice) } }

        func count(_ network: String, _ route: String) -> Int {
            heard.withLock { heard in heard.count { $0.networkName == network && $0.route == route && $0.interface == "lan2" } }
        }
    }

    private func route(_ bed: Testbed, _ arguments: String...) async throws {
        _ = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "ip"] + arguments)
    }

    private func network(_ name: String, _ subnet: String) -> CreateNetwork.Request {
        var request = CreateNetwork.Request(name: name)
        if !subnet.isEmpty { request.pools = [NetworkRecord.Pool(subnet: subnet, gateway: "")] }
        return request
    }

    /// Who may not concern the host gets no subnet that it sends something to already.
    @Test func aScopeKeepsAwayFromTheHostsRoutes() async throws {
        try await Testbed.with { bed in
            _ = try await bed.neighbour(2)
            try await route(bed, "route", "add", "10.98.0.0/16", "via", "198.51.100.2")
            let service = try await bed.service(warmPool: 0)
            let scope = CallScope("no-privileges")
            for subnet in ["10.99.1.0/24", "192.168.77.0/24", "fd00:9::/64", ""] {
                try await service.check(scope, subnetsOf: network("free", subnet))
            }
            for subnet in ["10.98.1.0/24", "10.0.0.0/8", "198.51.100.0/24", "192.0.9.0/24", "2001:db8::/64"] {
                await #expect(throws: RPCError.self, "\(subnet)") { try await service.check(scope, subnetsOf: network("taken", subnet)) }
                try await service.check(CallScope(), subnetsOf: network("anybody's", subnet))
            }
        }
    }

    @Test func aVPNThatComesLater() async throws {
        try await Testbed.with { bed in
            _ = try await bed.neighbour(2)
            let service = try await bed.service(warmPool: 0)
            #expect(try await service.createNetwork(network("app", "10.99.1.0/24")).warnings.isEmpty)
            let ear = Ear()
            let following = Task { try await service.followNotices { ear.hear($0) } }
            defer { following.cancel() }
            for round in 1...2 {
                try await route(bed, "route", "add", "10.99.0.0/16", "via", "198.51.100.2")
                try await eventually("a notice") { ear.count("app", "10.99.0.0/16") == round ? true : nil }
                try await route(bed, "route", "delete", "10.99.0.0/16")
            }
            // Routes as VPNs have them for everything tell nothing, and new networks stay out of the way of all others.
            try await route(bed, "route", "add", "0.0.0.0/1", "via", "198.51.100.2")
            try await route(bed, "route", "add", "10.213.0.0/20", "via", "198.51.100.2")
            try await eventually("a notice") { ear.count("bridge", "10.213.0.0/20") == 1 ? true : nil }
            #expect(try await service.createNetwork(network("next", "")).network.pools.map(\.subnet) == ["10.213.16.0/24"])
            let given = try await service.createNetwork(network("given", "10.213.3.0/24"))
            #expect(given.warnings == ["subnet 10.213.3.0/24 overlaps the host's route to 10.213.0.0/20"])
            #expect(ear.count("app", "0.0.0.0/1") == 0 && ear.count("given", "10.213.0.0/20") == 0)
        }
    }

    /// What came while no service was there is told when there is one, to the first who listens.
    @Test func whatNobodyHasHeard() async throws {
        try await Testbed.with { bed in
            _ = try await bed.neighbour(2)
            let first = try await bed.service(warmPool: 0)
            _ = try await first.createNetwork(network("six", ""))
            _ = try await first.createNetwork(network("app", "10.99.1.0/24"))
            try await route(bed, "route", "add", "10.99.1.128/25", "via", "198.51.100.2")
            let next = try await bed.service(warmPool: 0)
            let ear = Ear()
            let following = Task { try await next.followNotices { ear.hear($0) } }
            try await eventually("a notice") { ear.count("app", "10.99.1.128/25") == 1 ? true : nil }
            following.cancel()
            withExtendedLifetime(first) {}
        }
    }
}
