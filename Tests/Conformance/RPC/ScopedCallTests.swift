// What a scoped socket's policy forbids is refused by the services and the shim themselves, whoever forgets to ask before.
import Contracts
import Logging
import RPC
import RPCNIO
import ServiceKit
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ScopedCallTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// A call with a scope is refused; without one, it is not refused for that reason.
    private func refuses<M: RPCMethod>(
        _ scope: String, _ connection: RPCConnection, _ method: M.Type, _ request: M.Request, _ location: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try await code(scope, connection, method, request) == .forbidden, "\(scope)", sourceLocation: location)
    }

    private func code<M: RPCMethod>(
        _ scope: String, _ connection: RPCConnection, _ method: M.Type, _ request: M.Request
    ) async throws -> RPCError.Code? {
        var context = RPCContext.fresh(timeout: .seconds(20))
        context.scope = scope
        do {
            _ = try await connection.call(method, request, context: context)
            return nil
        } catch let error as RPCError {
            return error.code
        }
    }

    @Test func theServicesKeepThePolicyThemselves() async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            try await engine.dockerOutput("network", "create", "theirs")
            let id = try await engine.dockerOutput(
                "run", "-d", "--name", "held", "--label", "team=a", "-v", "kept:/kept", "--cpus", "0.5", "busybox", "sleep", "1000")
            try await withConnections(engine, id) { images, network, shim in
                try await checkServices(images, network)
                try await checkShim(shim)
                try await checkLabels(id, images, network, shim)
                try await checkCheckpoints(engine.layout, id, shim)
            }
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.State.Running}} {{.State.Paused}}", "held") == "true false")
            try await engine.dockerOutput("rm", "-f", "held")
            try await engine.dockerOutput("volume", "rm", "kept")
            try await engine.dockerOutput("network", "rm", "theirs")
        }
    }

    private func withConnections(
        _ engine: EngineUnderTest, _ id: String, _ body: (RPCConnection, RPCConnection, RPCConnection) async throws -> Void
    ) async throws {
        let paths = [engine.layout.imagesSocket, engine.layout.networkSocket, engine.layout.shimSocket(of: id)]
        var connections: [RPCConnection] = []
        for path in paths { connections.append(try await RPCConnection.connect(path: path, logger: Self.logger)) }
        try await body(connections[0], connections[1], connections[2])
        for connection in connections { await connection.close() }
    }

    private func checkServices(_ images: RPCConnection, _ network: RPCConnection) async throws {
        try await refuses("read-only", images, CreateVolume.self, .init(name: "v"))
        try await refuses("read-only", images, RemoveImage.self, .init(name: "busybox"))
        let bind = CreateVolume.Request(name: "v", options: ["type": "none", "o": "bind", "device": "/etc"])
        try await refuses("no-host-mounts", images, CreateVolume.self, bind)
        try await refuses("no-such-word", images, ListImages.self, RPCNothing())
        #expect(try await code("read-only", images, ListImages.self, RPCNothing()) == nil)
        try await refuses("no-privileges", network, CreateNetwork.self, .init(name: "n", driver: "macvlan"))
        var hijacking = CreateNetwork.Request(name: "n", driver: "bridge")
        hijacking.pools = [.init(subnet: "192.0.9.0/24", gateway: "")]
        try await refuses("no-privileges", network, CreateNetwork.self, hijacking)
        let host = CreateSandbox.Request(containerID: "c", containerName: "c", mode: .host, hostname: "h")
        try await refuses("no-privileges", network, CreateSandbox.self, host)
        try await refuses("read-only", network, RemoveNetwork.self, .init(id: "bridge"))
        #expect(try await code("read-only", network, ListNetworks.self, RPCNothing()) == nil)
    }

    /// The container has the label team=a, its volume and the network have none.
    private func checkLabels(_ id: String, _ images: RPCConnection, _ network: RPCConnection, _ shim: RPCConnection) async throws {
        for (scope, isOwn) in [("label=team:a", true), ("label=team:b", false), ("label=team:a label=stage:x", false)] {
            let expected: RPCError.Code? = isOwn ? nil : .forbidden
            #expect(try await code(scope, shim, InspectShim.self, RPCNothing()) == expected)
            #expect(try await code(scope, shim, ListProcesses.self, RPCNothing()) == expected)
            #expect(try await code(scope, shim, SignalContainer.self, .init(signal: 28)) == expected)
            #expect(try await code(scope, images, StatFile.self, .init(files: .init(containerID: id), path: "/bin")) == expected)
            #expect(try await code(scope, images, MeasureSnapshot.self, .init(containerID: id)) == expected)
            let connect = ConnectEndpoint.Request(containerID: id, endpoint: EndpointRequest(network: "theirs"), ports: [])
            try await refuses(scope, network, ConnectEndpoint.self, connect)
            try await refuses(scope, network, RemoveNetwork.self, .init(id: "theirs"))
            try await refuses(scope, network, CreateNetwork.self, .init(name: "n", driver: "bridge"))
            try await refuses(scope, images, CreateVolume.self, .init(name: "kept"))
            try await refuses(scope, images, CreateVolume.self, .init(name: "new"))
            try await refuses(scope, images, RemoveVolume.self, .init(name: "kept"))
            try await refuses(scope, images, MountVolume.self, .init(volume: "kept", containerID: id))
        }
        for scope in ["label=team:b", "label=team"] {
            try await refuses(scope, shim, AttachContainer.self, .init(stdin: true, stdout: true, stderr: true))
            try await refuses(scope, shim, StartExec.self, .init(execID: "e", process: ProcessSpec(arguments: ["true"])))
            try await refuses(scope, images, RemoveSnapshot.self, .init(containerID: id))
            try await refuses(scope, network, RemoveSandbox.self, .init(containerID: id, keepsFiles: false))
            try await refuses(scope, network, DisconnectEndpoint.self, .init(containerID: id, network: "bridge"))
            try await refuses(scope, network, RenameSandbox.self, .init(containerID: id, containerName: "x"))
        }
    }

    /// Checkpoints are any shim's to list: whose they are is said by the labels that come with the question.
    private func checkCheckpoints(_ layout: EngineLayout, _ id: String, _ shim: RPCConnection) async throws {
        for (labels, expected) in [(["team": "a"], nil), (["team": "b"], RPCError.Code.forbidden), (nil, .forbidden)] {
            let place = CheckpointPlace(containerID: id, root: layout.root, run: layout.run, labels: labels)
            #expect(try await code("label=team:a", shim, ListCheckpoints.self, .init(place)) == expected)
            let remove = try await code("label=team:a", shim, RemoveCheckpoint.self, .init("none", in: place))
            #expect(remove == expected ?? .notFound)
        }
    }

    private func checkShim(_ shim: RPCConnection) async throws {
        try await refuses("read-only", shim, AttachContainer.self, .init(stdin: true, stdout: true, stderr: true))
        try await refuses("read-only", shim, SignalContainer.self, .init(signal: 9))
        try await refuses("read-only", shim, PauseContainer.self, RPCNothing())
        try await refuses("read-only", shim, StartExec.self, .init(execID: "e", process: ProcessSpec(arguments: ["true"])))
        var process = ProcessSpec(arguments: ["true"])
        try await refuses("no-privileges", shim, StartExec.self, .init(execID: "e", process: process, privileged: true))
        process.capabilities = ["CAP_SYS_ADMIN"]
        try await refuses("no-privileges", shim, StartExec.self, .init(execID: "e", process: process))
        for cgroup in [CgroupSpec(cpuPeriod: 100_000, cpuQuota: 60_000), CgroupSpec(cpuPeriod: 100_000, cpuQuota: -1), CgroupSpec()] {
            try await refuses("processors=500000", shim, UpdateContainer.self, .init(cgroup: cgroup))
        }
        try await refuses("memory=1048576", shim, UpdateContainer.self, .init(cgroup: CgroupSpec(memory: 1 << 21)))
        try await refuses("pids=10", shim, UpdateContainer.self, .init(cgroup: CgroupSpec(pidsLimit: 11)))
        let allowed = UpdateContainer.Request(cgroup: CgroupSpec(cpuPeriod: 100_000, cpuQuota: 50_000))
        #expect(try await code("processors=500000", shim, UpdateContainer.self, allowed) == nil)
        #expect(try await code("read-only", shim, InspectShim.self, RPCNothing()) == nil)
    }
}
