// The gateway dies at every step of what it does to containers: afterwards each container is as before or as asked, each name is free
// when nobody has it, and the host has nothing on it that it didn't have before.
import Foundation
import ServiceKit
import TestSupport
import Testing

extension Faults {
    /// `BERTH_FAULT_ROUNDS=10` for a long run.
    @Suite struct Gateway {
        private static let rounds = ProcessInfo.processInfo.environment["BERTH_FAULT_ROUNDS"].flatMap(Int.init) ?? 1

        @Test(.timeLimit(.minutes(60))) func everyStepMayBeTheLast() async throws {
            let engine = EngineUnderTest()
            let fault = "/tmp/\(engine.name)-fault"
            try await engine.start(entering: "export BERTH_FAULT_FILE=\(fault)")
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

        /// Every death of a sequence; the host is as before after the last one. Returns how many.
        private func run(_ sequence: GatewayFault, _ engine: EngineUnderTest, _ fault: String) async throws -> Int {
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

/// What is done to a container, and where the gateway may die meanwhile.
struct GatewayFault: Sendable {
    let name: String
    let points: [String]
    let prepare: @Sendable (EngineUnderTest) async throws -> Void
    let act: @Sendable (EngineUnderTest) async throws -> Void
    /// Whether the container is as before, or as asked.
    let isSound: @Sendable (EngineUnderTest) async throws -> Bool

    static let all = [create, start, stop, rename, update, publish, remove, removeByForce]

    private static let options = ["--name", "victim", "--network", "faults", "-v", "/data", "-p", "80", "--memory", "64m"]

    private static func make(_ engine: EngineUnderTest) async throws {
        _ = try await engine.docker(["create"] + options + [EngineUnderTest.image, "sleep", "100000"])
    }

    private static func run(_ engine: EngineUnderTest) async throws {
        try await make(engine)
        try await engine.dockerOutput("start", "victim")
    }

    private static func state(_ engine: EngineUnderTest, _ name: String = "victim") async throws -> String {
        let result = try await engine.docker(["container", "inspect", "-f", "{{.State.Status}}", name])
        return result.code == 0 ? result.line : "gone"
    }

    static let create = GatewayFault(
        name: "create",
        points: [
            "gateway.create.name", "gateway.create.intended", "gateway.create.snapshot", "gateway.create.volumes", "gateway.create.commit",
            "gateway.create.recorded",
        ],
        prepare: { _ in }, act: make,
        isSound: { engine in
            guard try await state(engine) == "created" else { return try await state(engine) == "gone" }
            // It is whole.
            try await engine.dockerOutput("start", "victim")
            return try await engine.dockerOutput("exec", "victim", "echo", "in") == "in"
        })

    static let start = GatewayFault(
        name: "start",
        points: ["gateway.start.adopt", "gateway.start.network", "gateway.start.run", "gateway.start.recorded"],
        prepare: make, act: { try await $0.dockerOutput("start", "victim") },
        isSound: { engine in
            guard try await ["created", "running"].contains(state(engine)) else { return false }
            try await engine.dockerOutput("start", "victim")
            return try await engine.dockerOutput("exec", "victim", "echo", "in") == "in"
        })

    static let stop = GatewayFault(
        name: "stop",
        points: [
            "gateway.stop.marked", "gateway.stop.signalled", "gateway.exit.recorded", "gateway.exit.durable", "gateway.exit.released",
            "gateway.exit.network", "gateway.stop.ended",
        ],
        prepare: run, act: { try await $0.dockerOutput("stop", "-t", "1", "victim") },
        isSound: { engine in
            guard try await ["running", "exited"].contains(state(engine)) else { return false }
            try await engine.dockerOutput("stop", "-t", "0", "victim")
            guard try await state(engine) == "exited" else { return false }
            try await engine.dockerOutput("start", "victim")
            return try await engine.dockerOutput("exec", "victim", "echo", "in") == "in"
        })

    static let rename = GatewayFault(
        name: "rename", points: ["gateway.rename.reserve", "gateway.rename.network", "gateway.rename.commit"],
        prepare: run, act: { try await $0.dockerOutput("rename", "victim", "renamed") },
        isSound: { engine in
            let names = try await engine.dockerOutput("ps", "--format", "{{.Names}}").split(separator: "\n").map(String.init)
            guard let name = names.first(where: { $0 == "victim" || $0 == "renamed" }), names.count == 2 else { return false }
            let other = name == "victim" ? "renamed" : "victim"
            let found = try await engine.docker(["exec", "witness", "busybox", "nslookup", name, "127.0.0.11"])
            let notFound = try await engine.docker(["exec", "witness", "busybox", "nslookup", other, "127.0.0.11"])
            return found.code == 0 && notFound.code != 0
        })

    static let update = GatewayFault(
        name: "update", points: ["gateway.update.marked", "gateway.update.shim", "gateway.update.commit"],
        prepare: run, act: { try await $0.dockerOutput("update", "--memory", "96m", "--memory-swap", "-1", "victim") },
        isSound: { engine in
            let recorded = try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.Memory}}", "victim")
            let limit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"
            let applied = try await engine.dockerOutput("exec", "victim", "sh", "-c", limit)
            return recorded == applied && [64 << 20, 96 << 20].contains(Int(recorded))
        })

    static let publish = GatewayFault(
        name: "publish", points: ["gateway.update.marked", "gateway.update.published", "gateway.update.commit"],
        prepare: run,
        act: { _ = try await $0.http("POST", "/containers/victim/update", json: #"{"PortBindings":{"81/tcp":[{"HostPort":""}]}}"#) },
        isSound: { engine in
            let ports = "{{range $port, $hosts := .%}}{{if $hosts}}{{$port}}{{end}}{{end}}"
            let asked = ports.replacing("%", with: "HostConfig.PortBindings")
            let recorded = try await engine.dockerOutput("inspect", "-f", asked, "victim")
            let actual = try await engine.dockerOutput(
                "inspect", "-f", ports.replacing("%", with: "NetworkSettings.Ports"), "victim")
            return recorded == actual && ["80/tcp", "81/tcp"].contains(actual)
        })

    static let remove = GatewayFault(
        name: "remove", points: ["gateway.remove.marked", "gateway.remove.cleaned", "gateway.remove.forgotten"],
        prepare: { engine in
            try await run(engine)
            try await engine.dockerOutput("stop", "-t", "0", "victim")
        },
        act: { try await $0.dockerOutput("rm", "-v", "victim") },
        isSound: { try await state($0) == "gone" })

    static let removeByForce = GatewayFault(
        name: "rm -f", points: ["gateway.remove.killed", "gateway.exit.recorded", "gateway.remove.marked"],
        prepare: run, act: { try await $0.dockerOutput("rm", "-f", "-v", "victim") },
        isSound: { try await ["gone", "exited", "running"].contains(state($0)) })
}
