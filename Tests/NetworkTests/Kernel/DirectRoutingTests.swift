// Containers that are reached at their own addresses because the configuration has it so.
import Contracts
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct DirectRoutingTests {
    /// Whether a neighbour that has a route reaches a port that is published, and one that isn't.
    private func reached(
        _ configure: (inout EngineConfiguration) -> Void, prepare: (Testbed) async throws -> Void = { _ in }
    ) async throws -> (published: Bool, other: Bool) {
        var result = (published: false, other: false)
        try await Testbed.with(configure) { bed in
            let neighbour = try await bed.neighbour(2)
            try await prepare(bed)
            let service = try await bed.service(warmPool: 0)
            let record = try await service.createSandbox(.bridged("web", ports: [PortBinding(containerPort: 80, transport: .tcp)]))
            let probe = try Probe(path: record.namespacePath)
            let listeners = [try await probe.serve(.tcp, port: 80), try await probe.serve(.tcp, port: 82)]
            let address = try #require(record.endpoints.first).ipv4Address
            result.published = try await neighbour.ask(address, 80, milliseconds: 500) != nil
            result.other = try await neighbour.ask(address, 82, milliseconds: 500) != nil
            withExtendedLifetime((listeners, service)) {}
        }
        return result
    }

    @Test func onlyByTheHostsAddressUnlessSaidOtherwise() async throws {
        #expect(try await reached { _ in } == (false, false))
    }

    @Test func publishedPortsWhereDirectRoutingIsAllowed() async throws {
        #expect(try await reached { $0.allowsDirectRouting = true } == (true, false))
    }

    @Test func everyPortForPacketsWithTheMark() async throws {
        let marks = """
            add table inet marks
            add chain inet marks pre { type filter hook prerouting priority mangle ; }
            add rule inet marks pre iifname lan2 meta mark set 0x5
            """
        #expect(try await reached({ $0.acceptedMark = "0x1/0x3" }, prepare: { _ = try await $0.nft(marks) }) == (true, true))
        #expect(try await reached({ $0.acceptedMark = "0x1" }, prepare: { _ = try await $0.nft(marks) }) == (false, false))
    }

    @Test(arguments: [
        ("5", "meta mark 0x5"), ("0x1/0x3", "meta mark & 0x3 == 0x1"), ("0b11/017", "meta mark & 0xf == 0x3"), ("0", "meta mark 0x0"),
        ("0o17", "meta mark 0xf"), ("4294967295", "meta mark 0xffffffff"),
    ])
    func marks(text: String, condition: String) {
        #expect(FirewallMark(text)?.condition == condition)
    }

    @Test(arguments: ["", "/", "5/", "/5", "-1", "+1", "0x", "0x+1", "4294967296", "red", "1/2/3", "1 accept"])
    func marksThatAreNone(text: String) {
        #expect(FirewallMark(text) == nil)
    }
}
