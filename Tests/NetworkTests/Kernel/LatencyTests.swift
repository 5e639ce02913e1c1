// How long a container waits for its network.
import Contracts
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"), .serialized)
struct LatencyTests {
    @Test(arguments: [0, 1])
    func createFromStock(published: Int) async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 4)
            var times: [Duration] = []
            for number in 0..<60 {
                try await eventually("four namespaces in stock") { try bed.pins().count >= 4 ? true : nil }
                let ports = Array(repeating: PortBinding(containerPort: 80, transport: .tcp), count: published)
                let start = ContinuousClock.now
                _ = try await service.createSandbox(.bridged("c\(number)", ports: ports))
                times.append(ContinuousClock.now - start)
                try await service.removeSandbox(.init(containerID: "c\(number)", keepsFiles: false))
            }
            times.sort()
            print("create with \(published) ports: min \(times[0]) median \(times[30]) max \(times[59])")
            #expect(times[30] < .seconds(1))
        }
    }
}
