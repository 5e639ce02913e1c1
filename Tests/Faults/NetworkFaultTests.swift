// Networks while services die at random, the packet filter is flushed, and clients go on asking.
import Foundation
import Testing
import TestSupport

extension Faults {
    @Suite struct Networks {
        private static func setting(_ name: String, _ standard: Int) -> Int {
            ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
        }

        /// 100 for the full scale.
        private static let kills = setting("BERTH_TEST_KILLS", 8)
        /// Requests a second; 1,000 for the full scale.
        private static let rate = setting("BERTH_TEST_RATE", 100)

        /// The network service and the gateway die at any moment of making, joining, leaving and removing networks. What is left is what
        /// clients see, and goes when they remove it.
        @Test func deathsAtRandom() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await engine.dockerOutput("run", "-d", "--name", "kept", "busybox", "sleep", "6000")
                let before = try await HostInventory.settled(of: engine)
                for round in 0..<Self.kills {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { await Self.change(engine, round) }
                        await Blocking.pause(milliseconds: Int.random(in: 0...700))
                        try await engine.kill(round % 3 == 2 ? [.gateway] : round % 3 == 1 ? [.network, .gateway] : [.network])
                        try await engine.waitUntilHealthy()
                        try await group.waitForAll()
                    }
                    try await Self.clear(engine)
                }
                // The port is free, and the networks' names and subnets are.
                try await engine.dockerOutput("network", "create", "--subnet", "10.194.0.0/24", "chaos")
                try await engine.dockerOutput("run", "--rm", "--network", "chaos", "-p", "\(Self.port):80", "busybox", "true")
                try await engine.dockerOutput("network", "rm", "chaos")
                let difference = try? await eventually("the host as before") {
                    before.difference(to: .capture(of: engine)).isEmpty ? "" : nil
                }
                #expect(difference == "", "\(before.difference(to: .capture(of: engine)))")
            }
        }

        private static let port = 28413

        /// Each may fail, since what answers it may be dead.
        private static func change(_ engine: EngineUnderTest, _ round: Int) async {
            for arguments in [
                ["network", "create", "--subnet", "10.194.0.0/24", "chaos"],
                ["run", "-d", "--name", "chaos-a", "--network", "chaos", "-p", "\(port):80", "busybox", "sleep", "600"],
                ["network", "connect", "bridge", "chaos-a"], ["network", "connect", "chaos", "kept"],
                ["network", "disconnect", "chaos", "kept"], ["network", "disconnect", "bridge", "chaos-a"],
                ["rm", "-f", "chaos-a"], ["network", "rm", "chaos"],
            ] { _ = try? await engine.docker(arguments, timeout: .seconds(60)) }
        }

        private static func clear(_ engine: EngineUnderTest) async throws {
            try await eventually("the end of all that was made") {
                _ = try await engine.docker(["network", "disconnect", "-f", "chaos", "kept"])
                _ = try await engine.docker(["rm", "-f", "chaos-a"])
                _ = try await engine.docker(["network", "rm", "chaos"])
                let containers = try await engine.docker(["ps", "-aq", "-f", "name=chaos"])
                let networks = try await engine.docker(["network", "ls", "-q", "-f", "name=chaos"])
                return containers.code == 0 && networks.code == 0 && containers.line.isEmpty && networks.line.isEmpty ? true : nil
            }
        }

        /// No request is lost while the service dies, and again. After a flush of all rules, the kernel knows nothing of connections
        /// that are translated: of those begun before the rules are back, some may break; of the others none.
        @Test func publishedPortsUnderLoad() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                let port = try TCPProbe.freePort()
                try await engine.dockerOutput(
                    "run", "-d", "--name", "web", "-p", "\(port):80", "busybox", "httpd", "-f", "-p", "80", "-h", "/www")
                try await eventually("the page", within: .seconds(30)) { try? await TCPProbe.page(engine.bridgeAddress, port) }
                let killed = try await RequestLoad.run(engine.bridgeAddress, port, perSecond: Self.rate) { load in
                    for _ in 0..<3 {
                        try await engine.kill([.network])
                        try await engine.waitUntilHealthy()
                        try await load.waitForAnswers(Self.rate / 2)
                    }
                }
                #expect(killed.failures.isEmpty, "\(killed.failures.prefix(3))")
                print("kills: \(killed.answers) answers, \(Int(killed.rate)) a second, slowest \(killed.slowest)")
                try await flush(engine, port)
                try await engine.dockerOutput("rm", "-f", "web")
            }
        }

        /// Of this engine's table alone: there may be others' on the host.
        private func flush(_ engine: EngineUnderTest, _ port: UInt16) async throws {
            var gap = Duration.zero
            var recovery = ContinuousClock.now
            let flushed = try await RequestLoad.run(engine.bridgeAddress, port, perSecond: Self.rate) { load in
                try await load.waitForAnswers(Self.rate / 2)
                _ = try await Command("/usr/sbin/nft", ["delete", "table", "inet", engine.nftablesTable]).run()
                let start = ContinuousClock.now
                let element = ["get", "element", "inet", engine.nftablesTable, "published_anywhere", "{ tcp . \(port) }"]
                try await eventually("the rules") { try await Command("/usr/sbin/nft", element).run().code == 0 ? true : nil }
                recovery = .now
                gap = recovery - start
                try await load.waitForAnswers(Self.rate)
            }
            let late = flushed.failures.filter { $0.begun > recovery }
            #expect(late.isEmpty, "\(late.prefix(3))")
            print(
                "flush: \(flushed.answers) answers, \(Int(flushed.rate)) a second, slowest \(flushed.slowest), rules back after \(gap), "
                    + "\(flushed.failures.count) broken")
        }
    }
}
