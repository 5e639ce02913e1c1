// The gateway dies after every step of what it does to containers: afterwards each container is as before or as asked, each name is free
// when nobody has it, and the host has nothing on it that it didn't have before.
import Foundation
import ServiceKit
import TestSupport
import Testing

extension Faults {
    /// `BERTH_FAULT_ROUNDS=10` for a long run.
    @Suite struct Gateway {
        private static let rounds = ProcessInfo.processInfo.environment["BERTH_FAULT_ROUNDS"].flatMap(Int.init) ?? 1

        /// That no step is left out is a rule of the code's shape, among the tests in Tidy.
        @Test(.timeLimit(.minutes(60))) func everyStepMayBeTheLast() async throws {
            let engine = EngineUnderTest()
            let fault = "/tmp/\(engine.name)-fault"
            try await start(engine, fault)
            do {
                try await engine.importBusybox()
                try await engine.dockerOutput("network", "create", "faults")
                try await engine.dockerOutput(
                    "run", "-d", "--name", "witness", "--network", "faults", EngineUnderTest.image, "sleep", "100000")
                var deaths = 0
                for _ in 0..<Self.rounds {
                    for sequence in GatewayFault.all { deaths += try await run(sequence, engine, fault) }
                }
                print("the gateway died \(deaths) times and left nothing behind")
                try await engine.dockerOutput("rm", "-f", "witness")
                try await engine.dockerOutput("network", "rm", "faults")
                try await engine.takeDown()
            } catch {
                try? await engine.takeDown()
                throw error
            }
        }

        private func start(_ engine: EngineUnderTest, _ fault: String) async throws {
            try await engine.start(entering: "export BERTH_FAULT_FILE=\(fault)")
        }

        /// Every death of a sequence; the host is as before after the last one. Returns how many.
        private func run(_ sequence: GatewayFault, _ engine: EngineUnderTest, _ fault: String) async throws -> Int {
            // A new supervisor, which hasn't come to wait longer after each death.
            try await engine.stop()
            try await start(engine, fault)
            let before = try await HostInventory.settled(of: engine)
            for point in sequence.points { try await Trial(engine: engine, sequence: sequence, point: point, fault: fault).run() }
            let after = try await HostInventory.settled(of: engine)
            #expect(before.difference(to: after).isEmpty, "after deaths in \(sequence.name): \(before.difference(to: after))")
            return sequence.points.count
        }
    }

    /// One death.
    struct Trial {
        let engine: EngineUnderTest
        let sequence: GatewayFault
        let point: String
        let fault: String

        func run() async throws {
            try await sequence.prepare(engine)
            try Data(point.utf8).write(to: URL(filePath: fault))
            _ = try? await sequence.act(engine)
            try await eventually("death at \(point)") { FileManager.default.fileExists(atPath: fault) ? nil : true }
            try await engine.waitUntilHealthy()
            try await eventually("what \(sequence.name) says after death at \(point)", within: .seconds(60)) {
                try await sequence.isSound(engine) ? true : nil
            }
            try await checkNames()
            try await sequence.finish(engine)
            let volumes = try await engine.dockerOutput("volume", "ls", "-q")
            #expect(volumes.isEmpty, "volumes after death at \(point): \(volumes)")
        }

        /// Both names can be used, by the container that has it or by a new one.
        private func checkNames() async throws {
            for name in ["victim", "renamed"] {
                let made = try await engine.docker(["create", "--name", name, EngineUnderTest.image, "true"])
                let isTaken = try await engine.docker(["container", "inspect", name]).code == 0
                #expect(made.code == 0 || isTaken, "\(name) after death at \(point): \(made)")
                try await engine.dockerOutput("rm", "-f", "-v", name)
            }
        }
    }
}
