// What the gateway does to a container, where it may die meanwhile, and what must hold afterwards.
import Foundation
import TestSupport

/// What is done to a container, and where the gateway may die meanwhile.
struct GatewayFault: Sendable {
    let name: String
    let points: [String]
    let prepare: @Sendable (EngineUnderTest) async throws -> Void
    let act: @Sendable (EngineUnderTest) async throws -> Void
    /// Whether the container is as before, or as asked.
    let isSound: @Sendable (EngineUnderTest) async throws -> Bool
    /// Removes what `prepare` made besides the container.
    var finish: @Sendable (EngineUnderTest) async throws -> Void = { _ in }

    static let all = [
        create, start, startWithVolume, stop, commit, rename, update, publish, connect, disconnect, remove, removeByForce,
    ]

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
            "gateway.create.name", "gateway.create.users", "gateway.create.intended", "gateway.create.snapshot", "gateway.create.volumes",
            "gateway.create.commit", "gateway.create.recorded",
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
        prepare: make, act: { try await $0.dockerOutput("start", "victim") }, isSound: canBeStarted)

    private static func canBeStarted(_ engine: EngineUnderTest) async throws -> Bool {
        guard try await ["created", "running"].contains(state(engine)) else { return false }
        try await engine.dockerOutput("start", "victim")
        return try await engine.dockerOutput("exec", "victim", "echo", "in") == "in"
    }

    /// One that is mounted for the container's sake.
    static let startWithVolume = GatewayFault(
        name: "start with a volume", points: ["gateway.start.volumes"],
        prepare: { engine in
            try await engine.dockerOutput("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "mounted")
            try await engine.dockerOutput("create", "--name", "victim", "-v", "mounted:/m", EngineUnderTest.image, "sleep", "100000")
        },
        act: { try await $0.dockerOutput("start", "victim") },
        isSound: { engine in
            guard try await canBeStarted(engine) else { return false }
            return try await engine.dockerOutput("exec", "victim", "busybox", "grep", "-c", " /m tmpfs ", "/proc/mounts") == "1"
        },
        finish: { try await $0.dockerOutput("volume", "rm", "mounted") })

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

    static let commit = GatewayFault(
        name: "commit", points: ["gateway.commit.paused"],
        prepare: run, act: { try await $0.dockerOutput("commit", "victim") },
        isSound: { engine in
            guard try await state(engine) == "running" else { return false }
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

    static let connect = GatewayFault(
        name: "connect", points: ["gateway.connect.network", "gateway.connect.commit"],
        prepare: run, act: { try await $0.dockerOutput("network", "connect", "bridge", "victim") }, isSound: hasItsNetworks)

    static let disconnect = GatewayFault(
        name: "disconnect", points: ["gateway.disconnect.recorded", "gateway.disconnect.left"],
        prepare: { engine in
            try await run(engine)
            try await engine.dockerOutput("network", "connect", "bridge", "victim")
        },
        act: { try await $0.dockerOutput("network", "disconnect", "bridge", "victim") }, isSound: hasItsNetworks)

    /// As many interfaces as `inspect` shows networks, and `inspect` of the network agrees.
    private static func hasItsNetworks(_ engine: EngineUnderTest) async throws -> Bool {
        let networks = "{{range $name, $endpoint := .NetworkSettings.Networks}}{{$name}} {{end}}"
        let recorded = try await engine.dockerOutput("inspect", "-f", networks, "victim").split(separator: " ")
        guard recorded == ["faults"] || recorded == ["bridge", "faults"] else { return false }
        let members = try await engine.dockerOutput("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", "bridge")
        let interfaces = try await engine.dockerOutput("exec", "victim", "busybox", "ip", "-o", "link")
        return members.contains("victim") == (recorded.count == 2)
            && interfaces.split(separator: "\n").filter { $0.contains("eth") }.count == recorded.count
    }

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
