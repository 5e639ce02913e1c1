// An engine that answers by the names it is asked for, and keeps what it was asked.
import GatewayBackends
import Glibc
import Models
import RPC
import Synchronization

/// `missing` isn't there, `running` runs already, `broken` fails; every other name is fine.
final class FakeEngine: Sendable {
    private struct Log {
        var calls: [String] = []
        var created: ContainerCreateRequest?
        var logOptions: LogOptions?
        var uploaded = 0
    }

    private let log = Mutex(Log())
    /// What an attachment's or exec's other end does.
    let streams: FakeStreams
    /// Ends what `wait` waits for.
    let exit = Gate()

    private let isExperimental: Bool
    private let oldestVersion: APIVersion

    init(streams: FakeStreams = FakeStreams(.echo), isExperimental: Bool = false, oldestVersion: APIVersion = .oldest) {
        self.oldestVersion = oldestVersion
        self.streams = streams
        self.isExperimental = isExperimental
    }

    var backends: EngineBackends {
        EngineBackends(
            containers: self, execs: self, images: self, networks: self, volumes: self, files: self, imageData: self, system: self,
            events: self, checkpoints: isExperimental ? self : nil, oldestVersion: oldestVersion)
    }

    var calls: [String] { log.withLock { $0.calls } }
    var created: ContainerCreateRequest? { log.withLock { $0.created } }
    var logOptions: LogOptions? { log.withLock { $0.logOptions } }
    var uploaded: Int { log.withLock { $0.uploaded } }

    func note(_ call: String) { log.withLock { $0.calls.append(call) } }

    func find(_ name: String, kind: String = "container") throws {
        switch name {
        case "missing": throw RPCError(.notFound, "No such \(kind): missing")
        case "running": throw RPCError(.notModified, "container already started")
        case "broken": throw RPCError(.internalError, "the shim doesn't answer")
        default: break
        }
    }

    func noteCreated(_ request: ContainerCreateRequest) { log.withLock { $0.created = request } }
    func noteLogOptions(_ options: LogOptions) { log.withLock { $0.logOptions = options } }

    func drain(_ upload: UploadedBytes) async throws {
        for try await piece in upload { log.withLock { $0.uploaded += piece.count } }
    }

    static func stream<Element: Sendable>(
        _ elements: [Element], failing error: RPCError? = nil
    ) -> AsyncThrowingStream<Element, any Error> {
        AsyncThrowingStream { continuation in
            elements.forEach { continuation.yield($0) }
            continuation.finish(throwing: error)
        }
    }
}

extension FakeEngine: ContainerBackend {
    func create(
        _ request: ContainerCreateRequest, name: String?, platform: String?, context: RPCContext
    ) async throws -> ContainerCreateResponse {
        note("create \(name ?? "-") \(platform ?? "-")")
        noteCreated(request)
        return ContainerCreateResponse(id: String(repeating: "a", count: 64))
    }

    func start(_ id: String, context: RPCContext) async throws {
        note("start \(id)")
        try find(id)
    }

    func stop(_ id: String, _ options: StopOptions, context: RPCContext) async throws {
        note("stop \(id) \(options.timeout.map(String.init) ?? "-") \(options.signal ?? "-")")
        try find(id)
    }

    func restart(_ id: String, _ options: StopOptions, context: RPCContext) async throws { note("restart \(id)") }
    func kill(_ id: String, signal: String?, context: RPCContext) async throws {
        if id == "ended" { throw RPCError(.conflict, "container ended is not running") }
        note("kill \(id) \(signal ?? "-")")
    }
    func pause(_ id: String, context: RPCContext) async throws { note("pause \(id)") }
    func unpause(_ id: String, context: RPCContext) async throws { note("unpause \(id)") }
    func rename(_ id: String, to name: String, context: RPCContext) async throws { note("rename \(id) \(name)") }

    func remove(_ id: String, _ options: RemoveOptions, context: RPCContext) async throws {
        note("remove \(id) v=\(options.volumes) force=\(options.force) link=\(options.link)")
        try find(id)
    }

    func stats(
        _ id: String, isLive: Bool, isOneShot: Bool, context: RPCContext
    ) async throws -> AsyncThrowingStream<ContainerStats, any Error> {
        note("stats \(id) live=\(isLive) one-shot=\(isOneShot)")
        try find(id)
        let left = Counter(isLive ? 2 : 1)
        return AsyncThrowingStream {
            left.take() ? ContainerStats(name: "/web", id: id) : nil
        }
    }

    func update(_ id: String, _ change: HostConfig, context: RPCContext) async throws -> ContainerUpdateResponse {
        note("update \(id) memory=\(change.memory) pids=\(change.pidsLimit.map(String.init) ?? "-") \(change.restartPolicy.name)")
        return ContainerUpdateResponse(warnings: [])
    }

    func trace(_ id: String, context: RPCContext) async throws -> [TraceSpan] {
        try find(id)
        return [TraceSpan(name: "gateway.start", service: "gateway", start: 1, end: 2, outcome: "done")]
    }

    func prune(_ query: ContainerPruneQuery, context: RPCContext) async throws -> ContainersPruned {
        note("prune until=\(query.until.map(String.init) ?? "-") labels=\(query.filters.values("label"))")
        return ContainersPruned(containersDeleted: nil, spaceReclaimed: 0)
    }

    func wait(_ id: String, for condition: WaitCondition, context: RPCContext) async throws -> PendingWait {
        note("wait \(id) \(condition.rawValue)")
        try find(id)
        return PendingWait { [exit] in
            try await exit.wait()
            return ContainerWaitResponse(statusCode: 7)
        }
    }

    func inspect(_ id: String, size: Bool, context: RPCContext) async throws -> ContainerInspect {
        note("inspect \(id) size=\(size)")
        try find(id)
        var settings = NetworkSettings()
        var endpoint = EndpointSettings()
        endpoint.ipAddress = "172.17.0.2"
        endpoint.dnsNames = [id]
        settings.networks = ["bridge": endpoint]
        return ContainerInspect(
            id: String(repeating: "b", count: 64), created: EngineTime(nanoseconds: 0), state: ContainerState(status: .created),
            hostConfig: HostConfig(), config: ContainerConfig(), networkSettings: settings)
    }

    func list(_ query: ContainerListQuery, context: RPCContext) async throws -> [ListedContainer] {
        note("list all=\(query.all) limit=\(query.limit.map(String.init) ?? "-") labels=\(query.filters.values("label"))")
        var summary = ContainerSummary(
            id: "c", names: ["/c"], state: .running, hostConfig: .init(networkMode: "bridge", annotations: ["a": "b"]))
        summary.health = ContainerHealthSummary(status: .healthy)
        return [ListedContainer(summary)]
    }

    func top(_ id: String, psArguments: String?, context: RPCContext) async throws -> ContainerTop {
        note("top \(id) \(psArguments ?? "-")")
        return ContainerTop(titles: ["PID"], processes: [["1"]])
    }

    func logs(_ id: String, _ options: LogOptions, context: RPCContext) async throws -> LogStream {
        note("logs \(id)")
        noteLogOptions(options)
        try find(id)
        let batches = [
            [LogEntry(source: .stdout, time: 1_500_000_000, bytes: Array("out\n".utf8), attributes: ["b": "2", "a": "x y"])],
            [LogEntry(source: .stderr, time: 2_000_000_000, bytes: Array("err\n".utf8))],
        ]
        let failure = id == "torn" ? RPCError(.internalError, "the log is torn") : nil
        return LogStream(isTerminal: id == "tty", batches: Self.stream(batches, failing: failure))
    }

    func attach(_ id: String, _ options: AttachOptions, context: RPCContext) async throws -> PreparedStream {
        note("attach \(id) stdin=\(options.stdin) stdout=\(options.stdout) logs=\(options.logs) keys=\(options.detachKeys ?? "-")")
        try find(id)
        return PreparedStream(isTerminal: id == "tty") { [streams] end in try await streams.join(end) }
    }

    func resize(_ id: String, to size: ConsoleSize, context: RPCContext) async throws { note("resize \(id) \(size.rows)x\(size.columns)") }
}

extension FakeEngine: ExecBackend {
    func createExec(in containerID: String, _ request: ExecCreateRequest, context: RPCContext) async throws -> String {
        note("exec \(containerID) \((request.cmd ?? []).joined(separator: " "))")
        try find(containerID)
        return "e1"
    }

    func prepareExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws -> PreparedStream {
        note("exec start \(id)")
        try find(id, kind: "exec instance")
        return PreparedStream(isTerminal: request.tty) { [streams] end in
            guard id != "unrunnable" else { throw RPCError(.invalidParameter, "exec: \"nope\": executable file not found in $PATH") }
            try await streams.join(end)
        }
    }

    func startDetachedExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws { note("exec detached \(id)") }

    func settleExec(_ id: String) async { note("exec settled \(id)") }

    func inspectExec(_ id: String, context: RPCContext) async throws -> ExecInspect {
        try find(id, kind: "exec instance")
        return ExecInspect(
            id: id, running: true, exitCode: nil, processConfig: .init(entrypoint: "sh", arguments: [], tty: false, privileged: false),
            openStdin: false, openStderr: true, openStdout: true, containerID: "c", pid: 5)
    }

    func resizeExec(_ id: String, to size: ConsoleSize, context: RPCContext) async throws {
        note("exec resize \(id) \(size.rows)x\(size.columns)")
    }
}

extension FakeEngine: ImageBackend {
    func listImages(_ query: ImageListQuery, context: RPCContext) async throws -> [ImageSummary] {
        note("images all=\(query.all) shared=\(query.sharedSize)")
        var image = ImageSummary(id: "sha256:1")
        image.size = 10
        image.containers = 3
        // An answer beyond what sockets hold.
        if query.sharedSize, !query.all { image.labels = ["long": String(repeating: "x", count: 4 << 20)] }
        return [image]
    }

    func inspectImage(_ name: String, context: RPCContext) async throws -> ImageInspect {
        note("image \(name)")
        try find(name, kind: "image")
        return ImageInspect(id: "sha256:1", rootFS: .init(layers: []), metadata: .init(lastTagTime: .never))
    }

    func importImage(_ request: ImageImportRequest, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream {
        note("import \(request.reference ?? "-") \(request.changes)" + (request.source.map { " from \($0)" } ?? ""))
        try await drain(bytes)
        return Self.stream([ProgressMessage(status: "sha256:1")])
    }

    func loadImages(quiet: Bool, platform: String?, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream {
        note("load quiet=\(quiet)")
        return ProgressStream { continuation in
            Task {
                do {
                    try await drain(bytes)
                    guard uploaded > 0 else { throw RPCError(.invalidParameter, "the archive is empty") }
                    continuation.yield(ProgressMessage(stream: "Loaded image: busybox:latest\n"))
                    continuation.finish(throwing: uploaded == 3 ? RPCError(.internalError, "the archive ends early") : nil)
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }

    func pullImage(_ request: ImagePullRequest, context: RPCContext) async throws -> ProgressStream {
        note("pull \(request.reference) \(request.platform ?? "-") \(request.credentials?.username ?? "-")")
        guard !request.reference.contains("missing") else { return Self.stream([], failing: RPCError(.notFound, "manifest unknown")) }
        return Self.stream([ProgressMessage(status: "Pulling from \(request.reference)", id: "latest")])
    }

    func pushImage(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> ProgressStream {
        note("push \(reference) \(credentials?.username ?? "-")")
        let aux = ProgressMessage(pushed: .init(tag: "v1", digest: "sha256:1", size: 5))
        return Self.stream([ProgressMessage(status: "The push refers to repository [\(reference)]"), aux])
    }

    func logIn(_ login: RegistryLogin, context: RPCContext) async throws -> String {
        guard login.password == "right" else { throw RPCError(.unauthorized, "unauthorized: incorrect username or password") }
        return "identity of \(login.username) at \(login.serverAddress)"
    }

    func searchImages(_ query: ImageSearchQuery, credentials: RegistryLogin?, context: RPCContext) async throws -> [ImageSearchResult] {
        note("search \(query.term) \(query.limit) \(query.filters.fields)")
        return [ImageSearchResult(name: "box", description: "", starCount: 1, isOfficial: true, isAutomated: false)]
    }

    func inspectDistribution(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> DistributionInspect {
        DistributionInspect(
            descriptor: .init(mediaType: reference, digest: "sha256:1", size: 5), platforms: [.init(architecture: "arm64", os: "linux")])
    }

    func tagImage(_ name: String, as reference: String, context: RPCContext) async throws { note("tag \(name) \(reference)") }

    func removeImage(_ name: String, force: Bool, noPrune: Bool, context: RPCContext) async throws -> [ImageDeleteItem] {
        note("rmi \(name) force=\(force)")
        return [.untagged("busybox:latest"), .deleted("sha256:1")]
    }
}

extension FakeEngine: NetworkBackend, SystemBackend, EventBackend {
    func listNetworks(filters: Filters, context: RPCContext) async throws -> [NetworkInspect] { [] }

    func createNetwork(_ request: NetworkCreateRequest, context: RPCContext) async throws -> NetworkCreateResponse {
        let family = request.enableIPv4.map { " ipv4=\($0)" } ?? ""
        note("network create \(request.name) \(request.driver) internal=\(request.internal)\(family)")
        return NetworkCreateResponse(id: "n1", warning: "")
    }

    func removeNetwork(_ name: String, context: RPCContext) async throws { note("network rm \(name)") }

    func connectNetwork(_ name: String, _ request: NetworkConnectRequest, context: RPCContext) async throws -> [String] {
        note("network connect \(name) \(request.container) priority=\(request.endpointConfig?.gwPriority ?? 0)")
        return request.endpointConfig?.gateway.isEmpty ?? true ? [] : ["Gateway \"x\" is discarded"]
    }

    func disconnectNetwork(_ name: String, _ request: NetworkDisconnectRequest, context: RPCContext) async throws {
        note("network disconnect \(name) \(request.container) force=\(request.force)")
    }

    func pruneNetworks(filters: Filters, context: RPCContext) async throws -> NetworkPruneResponse {
        note("network prune \(filters.values("until"))")
        return NetworkPruneResponse(networksDeleted: ["old"])
    }

    func inspectNetwork(_ name: String, context: RPCContext) async throws -> NetworkInspect {
        guard name != "missing" else { throw RPCError(.notFound, "network missing not found") }
        return NetworkInspect(name: name, id: "n", created: .never, driver: "bridge", ipam: NetworkIPAM(config: nil))
    }

    func version(context: RPCContext) async throws -> SystemVersion {
        SystemVersion(platform: .init(name: "Berth"), components: [], version: "0", os: "linux", arch: "amd64", kernelVersion: "6")
    }

    func metrics(context: RPCContext) async -> String { "engine_daemon_engine_cpus_cpus 2\n" }

    func info(context: RPCContext) async throws -> SystemInfo {
        var info = SystemInfo()
        info.firewallBackend = FirewallInfo(driver: "nftables")
        return info
    }

    func events(_ query: EventQuery, context: RPCContext) async throws -> AsyncThrowingStream<EventMessage, any Error> {
        note("events since=\(query.since.map(String.init) ?? "-") until=\(query.until.map(String.init) ?? "-")")
        let actor = EventMessage.Actor(id: "c1", attributes: ["image": "busybox"])
        let event = EventMessage(type: "container", action: "start", actor: actor, timeNano: 1_000_000_001)
        guard query.until == nil else { return Self.stream([event]) }
        return AsyncThrowingStream { continuation in
            continuation.yield(event)
            continuation.onTermination = { [weak self] _ in self?.note("events ended") }
        }
    }
}

/// Counts down from closures.
private final class Counter: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    /// False once it has been called as often as it was to be.
    func take() -> Bool {
        left.withLock { left in
            left -= 1
            return left >= 0
        }
    }
}
