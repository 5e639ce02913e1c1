// Restarts of the service: what runs stays, what is left over goes, and a purge leaves nothing.
import Contracts
import Glibc
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct ConvergenceTests {
    private static let binding = PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)

    @Test func sandboxesSurviveARestart() async throws {
        try await Testbed.with { bed in
            var service: NetworkService? = try await bed.service()
            let record = try #require(try await service?.createSandbox(.bridged("web", ports: [Self.binding])))
            let listener = try await Probe(path: record.namespacePath).serve(.tcp, port: 80)
            service = nil
            #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.0.1")

            let next = try await bed.service()
            #expect(await next.listSandboxes() == [record])
            #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.0.1")
            #expect(try await next.createSandbox(.bridged("two")).endpoints.first?.ipv4Address == "10.213.0.3")
            try await eventually("two namespaces in stock") { try bed.pins().count == 4 ? true : nil }
            withExtendedLifetime(listener) {}
        }
    }

    @Test func leftoversGo() async throws {
        try await Testbed.with { bed in
            var service: NetworkService? = try await bed.service(warmPool: 3)
            let kept = try #require(try await service?.createSandbox(.bridged("kept")))
            let broken = try #require(try await service?.createSandbox(.bridged("broken", ports: [Self.binding])))
            try await eventually("three namespaces in stock") { try bed.pins().count == 5 ? true : nil }
            service = nil
            _ = try await Tool.run(["umount", "-l", broken.namespacePath])

            let next = try await bed.service(warmPool: 0)
            #expect(await next.listSandboxes() == [kept])
            #expect(try bed.pins() == [kept.namespacePath.split(separator: "/").last.map(String.init)])
            #expect(try await bed.inventory().filter { $0.hasPrefix("veth") }.count == 1)
            #expect(try await !bed.nft("list table inet berth_test").contains("8080"))
        }
    }

    @Test func purgeLeavesTheHostAsItWas() async throws {
        try await Testbed.with { bed in
            _ = try await bed.nft("add table inet somebody_elses")
            let before = try await bed.inventory()
            let service = try await bed.service()
            _ = try await service.createSandbox(.bridged("web", ports: [Self.binding]))
            _ = try await service.createSandbox(.bridged("two"))
            try await service.purge()
            #expect(try await bed.inventory() == before)
            #expect(await service.listSandboxes().isEmpty)
        }
    }

    @Test func purgeByANewProcess() async throws {
        try await Testbed.with { bed in
            let before = try await bed.inventory()
            var service: NetworkService? = try await bed.service()
            _ = try await service?.createSandbox(.bridged("web", ports: [Self.binding]))
            service = nil
            try await bed.unstartedService().purge()
            // What the first one began may come to its end only now: it isn't dead, as a process would be.
            try await eventually("the host as it was") { try await bed.inventory() == before ? true : nil }
        }
    }

    @Test func forwardingThatWasOnStaysOn() async throws {
        try await Testbed.with { bed in
            _ = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
            let before = try await bed.inventory()
            let service = try await bed.service(warmPool: 0)
            try await service.purge()
            #expect(try await bed.inventory() == before)
        }
    }

    @Test func anInterfaceThatIsNoBridgeIsRefused() async throws {
        try await Testbed.with({ $0.bridge = "lo" }) { bed in
            await #expect(throws: (any Error).self) { _ = try await bed.service() }
        }
    }

    @Test func aConfiguredAddressIsTakenAndKept() async throws {
        try await Testbed.with({ $0.bip = "10.213.200.9/28" }) { bed in
            let service = try await bed.service(warmPool: 0)
            #expect(await service.listNetworks().first?.pools == [.init(subnet: "10.213.200.0/28", gateway: "10.213.200.9")])
            let record = try await service.createSandbox(.bridged("web"))
            #expect(record.endpoints.first?.ipv4Address == "10.213.200.1")
        }
    }
}
