// Many containers by many clients, and a host that looks as before.
import Testing
import TestSupport

extension Integration {
    @Suite struct Crowd {
        static let containers = 200
        static let clients = 8

        @Test func twoHundredContainersByEightClients() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "--rm", "busybox", "true")
            let before = try await HostInventory.settled(of: engine)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<Self.clients {
                    group.addTask {
                        for number in stride(from: client, to: Self.containers, by: Self.clients) {
                            let result = try await engine.docker(
                                [
                                    "run", "--rm", "--name", "crowd-\(number)", "busybox", "sh", "-c",
                                    "echo \(number); exit \(number % 100)",
                                ],
                                timeout: .seconds(300))
                            #expect(result.line == "\(number)", "\(result)")
                            #expect(result.code == Int32(number % 100), "\(result)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await engine.dockerOutput("ps", "-aq", "--filter", "name=crowd-") == "")
            // Bytes of removed layers are freed a little later.
            let difference = try? await eventually("the host as before", within: .seconds(60)) {
                before.difference(to: .capture(of: engine)).isEmpty ? "" : nil
            }
            #expect(difference == "", "\(before.difference(to: .capture(of: engine)))")
        }
    }
}
