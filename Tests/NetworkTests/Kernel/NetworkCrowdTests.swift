// Many networks, and many containers on one: all work, none costs more than the first ones did, nothing stays.
import Contracts
import Foundation
import ServiceKit
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"), .serialized)
struct NetworkCrowdTests {
    /// 1,000 for the full scale.
    private static let count = ProcessInfo.processInfo.environment["BERTH_TEST_CROWD"].flatMap { Int($0) } ?? 200

    @Test func manyNetworks() async throws {
        try await Testbed.with({ $0.defaultAddressPools = [.init(base: "10.212.0.0/14", size: 24)] }) { bed in
            let (ids, before) = try await makeNetworks(bed)
            let again = try await bed.service(warmPool: 0)
            #expect(await again.listNetworks().count == Self.count + 3)
            for id in ids { try await again.removeNetwork(.init(id: id)) }
            #expect(try await bed.inventory() == before)
        }
    }

    /// By a service that has ended afterwards: it would make bridges again that another one removes.
    private func makeNetworks(_ bed: Testbed) async throws -> (ids: [String], before: [String]) {
        let service = try await bed.service(warmPool: 0)
        let before = try await bed.inventory()
        var times: [Duration] = []
        var ids: [String] = []
        for number in 0..<Self.count {
            let start = ContinuousClock.now
            ids.append(try await service.createNetwork(.init(name: "net\(number)")).network.id)
            times.append(ContinuousClock.now - start)
        }
        #expect(Set(await service.listNetworks().flatMap(\.pools).map(\.subnet)).count == Self.count + 1)
        Self.printTable("network create", times)
        return (ids, before)
    }

    @Test func manyEndpointsOfOneNetwork() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let before = try await bed.inventory()
            var wide = CreateNetwork.Request(name: "crowd")
            wide.pools = [NetworkRecord.Pool(subnet: "10.128.0.0/16", gateway: "")]
            let network = try await service.createNetwork(wide).network
            var times: [Duration] = []
            var addresses: Set<String> = []
            for number in 0..<Self.count {
                var request = CreateSandbox.Request.bridged("c\(number)", ports: [PortBinding(containerPort: 80, transport: .tcp)])
                request.endpoints = [EndpointRequest(network: "crowd")]
                let start = ContinuousClock.now
                let record = try await service.createSandbox(request)
                times.append(ContinuousClock.now - start)
                addresses.formUnion(record.endpoints.map(\.ipv4Address))
            }
            #expect(addresses.count == Self.count)
            Self.printTable("endpoint create", times)
            // One more that is attached to the full network, and taken off it.
            _ = try await service.createSandbox(.bridged("last"))
            let last = try await service.connectEndpoint(.init(containerID: "last", endpoint: EndpointRequest(network: "crowd"), ports: []))
            #expect(last.endpoints.count == 2)
            try await service.removeSandbox(.init(containerID: "last", keepsFiles: false))
            for number in 0..<Self.count { try await service.removeSandbox(.init(containerID: "c\(number)", keepsFiles: false)) }
            await service.settle()
            try await service.removeNetwork(.init(id: network.id))
            #expect(try await bed.inventory() == before)
        }
    }

    /// Medians of each tenth, in the order of their making.
    private static func printTable(_ what: String, _ times: [Duration]) {
        let step = max(1, times.count / 10)
        for start in stride(from: 0, to: times.count, by: step) {
            let part = times[start..<min(start + step, times.count)].sorted()
            print("\(what) \(start + 1) to \(start + part.count): median \(part[part.count / 2]), slowest \(part[part.count - 1])")
        }
    }
}
