// Network namespaces of user namespaces: made before it is known whose they will be.
import CLinux
import Contracts
import Glibc
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct UnmappedNamespaceTests {
    private func create(_ name: String, first: UInt32, _ service: NetworkService) async throws -> SandboxRecord {
        var request = CreateSandbox.Request.bridged(name)
        request.idMap = IDMap(first: first, count: 1000)
        return try await service.createSandbox(request)
    }

    /// As a process in the user namespace sees it.
    private func map(of record: SandboxRecord) async throws -> [String] {
        let network = open(record.namespacePath, O_RDONLY | O_CLOEXEC)
        defer { close(network) }
        let users = clinux_user_namespace_of(network)
        try #require(users >= 0)
        defer { close(users) }
        let text = try await Tool.run(["nsenter", "--user=/proc/\(getpid())/fd/\(users)", "cat", "/proc/self/uid_map"])
        return text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// Everything that is pinned, once no more is being made.
    private func stock(of service: NetworkService, _ bed: Testbed) async throws -> [String] {
        try await eventually("the stock") { await service.pool.isShort ? nil : true }
        return try bed.pins()
    }

    @Test func eachHasTheIDsItWasTakenFor() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 1)
            let first = try await create("c1", first: 3_000_000, service)
            // One in stock for the host's, one for another user namespace's.
            let stock = try await stock(of: service, bed)
            #expect(stock.count == 3)
            let second = try await create("c2", first: 4_000_000, service)
            #expect(stock.contains { second.namespacePath.hasSuffix("/\($0)") })
            #expect(try await map(of: first) == ["0", "3000000", "1000"])
            #expect(try await map(of: second) == ["0", "4000000", "1000"])
            for (record, address) in [(first, "10.213.0.2/24"), (second, "10.213.0.3/24")] {
                let inside = try Probe(path: record.namespacePath)
                #expect(try await inside.addresses("eth0") == [address])
                #expect(try await inside.defaultGatewayWorks("eth0"))
                #expect(try await inside.sysctl("net/ipv4/ip_unprivileged_port_start") == "0")
            }
        }
    }

    @Test func whatIsInStockGoesWithTheService() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 1)
            _ = try await create("c1", first: 3_000_000, service)
            _ = try await stock(of: service, bed)
            try await service.removeSandbox(.init(containerID: "c1", keepsFiles: false))
            await service.settle()
            for namespace in await service.pool.drain() {
                try await service.factory.dismantle(pin: namespace.name, interfaces: [namespace.interface?.hostName].compactMap { $0 })
            }
            #expect(try bed.pins().isEmpty)
        }
    }

    /// Nothing is left of one whose IDs the kernel refuses.
    @Test func refusedIDsLeaveNothing() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            var request = CreateSandbox.Request.bridged("c1")
            request.idMap = IDMap(first: 3_000_000, count: 0)
            await #expect(throws: (any Error).self) { try await service.createSandbox(request) }
            #expect(try bed.pins().isEmpty)
            #expect(await service.listSandboxes().isEmpty)
        }
    }
}
