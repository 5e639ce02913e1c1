// Many networks, and many containers on one: all work, none costs more than the first ones did, nothing stays.
import Contracts
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"), .serialized)
struct NetworkCrowdTests {
    private static let count = 200

    @Test func manyNetworks() async throws {
        try await Testbed.with { bed in
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
            print("network create: \(Self.summary(times))")
            let again = try await bed.service(warmPool: 0)
            #expect(await again.listNetworks().count == Self.count + 3)
            for id in ids { try await again.removeNetwork(.init(id: id)) }
            #expect(try await bed.inventory() == before)
        }
    }

    @Test func manyEndpointsOfOneNetwork() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let before = try await bed.inventory()
            let network = try await service.createNetwork(.init(name: "crowd")).network
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
            print("endpoint create: \(Self.summary(times))")
            for number in 0..<Self.count { try await service.removeSandbox(.init(containerID: "c\(number)", keepsFiles: false)) }
            await service.settle()
            try await service.removeNetwork(.init(id: network.id))
            #expect(try await bed.inventory() == before)
        }
    }

    private static func summary(_ times: [Duration]) -> String {
        let (first, last) = (times.prefix(50).sorted()[25], times.suffix(50).sorted()[25])
        return "median of the first fifty \(first), of the last fifty \(last)"
    }
}
