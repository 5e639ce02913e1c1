// Containers and execs at a scoped socket.
import GatewayBackends
import Models
import RPC
import ServiceKit

struct ScopedContainers: ContainerBackend {
    let access: AccessGuard

    private var inner: any ContainerBackend { access.backends.containers }
    private var policy: AccessPolicy { access.policy }

    func create(
        _ request: ContainerCreateRequest, name: String?, platform: String?, context: RPCContext
    ) async throws -> ContainerCreateResponse {
        guard policy.socket.containers != nil else {
            return try await createNow(request, name: name, platform: platform, context: context)
        }
        return try await access.creates.take {
            try await createNow(request, name: name, platform: platform, context: context)
        }
    }

    private func createNow(
        _ request: ContainerCreateRequest, name: String?, platform: String?, context: RPCContext
    ) async throws -> ContainerCreateResponse {
        let admitted = try await ScopedCreate(access: access, context: context).admitted(request)
        return try await inner.create(admitted, name: name, platform: platform, context: context)
    }

    func start(_ id: String, context: RPCContext) async throws {
        try await inner.start(try await access.entered(id, context), context: context)
    }

    func stop(_ id: String, _ options: StopOptions, context: RPCContext) async throws {
        try await inner.stop(try await access.id(id, context), options, context: context)
    }

    /// What can't be started isn't stopped for it.
    func restart(_ id: String, _ options: StopOptions, context: RPCContext) async throws {
        try await inner.restart(try await access.entered(id, context), options, context: context)
    }

    func kill(_ id: String, signal: String?, context: RPCContext) async throws {
        try await inner.kill(try await access.id(id, context), signal: signal, context: context)
    }

    func pause(_ id: String, context: RPCContext) async throws {
        try await inner.pause(try await access.id(id, context), context: context)
    }

    func unpause(_ id: String, context: RPCContext) async throws {
        try await inner.unpause(try await access.id(id, context), context: context)
    }

    func rename(_ id: String, to name: String, context: RPCContext) async throws {
        try await inner.rename(try await access.id(id, context), to: name, context: context)
    }

    func remove(_ id: String, _ options: RemoveOptions, context: RPCContext) async throws {
        try await inner.remove(try await access.id(id, context), options, context: context)
    }

    func prune(_ query: ContainerPruneQuery, context: RPCContext) async throws -> ContainersPruned {
        try await inner.prune(ContainerPruneQuery(filters: policy.narrowed(query.filters), until: query.until), context: context)
    }

    func trace(_ id: String, context: RPCContext) async throws -> [TraceSpan] {
        try await inner.trace(try await access.id(id, context), context: context)
    }

    func wait(_ id: String, for condition: WaitCondition, context: RPCContext) async throws -> PendingWait {
        try await inner.wait(try await access.id(id, context), for: condition, context: context)
    }

    func inspect(_ id: String, size: Bool, context: RPCContext) async throws -> ContainerInspect {
        var found = try await inner.inspect(try await access.id(id, context), size: size, context: context)
        if policy.socket.masksEnvironment { found.config.env = found.config.env.map(policy.masked) }
        return found
    }

    func list(_ query: ContainerListQuery, context: RPCContext) async throws -> [ListedContainer] {
        var narrowed = query
        narrowed.filters = policy.narrowed(query.filters)
        return try await inner.list(narrowed, context: context)
    }

    func top(_ id: String, psArguments: String?, context: RPCContext) async throws -> ContainerTop {
        // Some of ps' options show environments.
        guard psArguments == nil || !policy.socket.masksEnvironment else { try policy.refuse("ps_args") }
        return try await inner.top(try await access.id(id, context), psArguments: psArguments, context: context)
    }

    func stats(
        _ id: String, isLive: Bool, isOneShot: Bool, context: RPCContext
    ) async throws -> AsyncThrowingStream<ContainerStats, any Error> {
        try await inner.stats(try await access.id(id, context), isLive: isLive, isOneShot: isOneShot, context: context)
    }

    func update(_ id: String, _ change: HostConfig, context: RPCContext) async throws -> ContainerUpdateResponse {
        let id = try await access.id(id, context)
        let kept = try CreateRules(policy: policy).apply(toUpdate: change)
        return try await inner.update(id, kept, context: context)
    }

    func logs(_ id: String, _ options: LogOptions, context: RPCContext) async throws -> LogStream {
        try await inner.logs(try await access.id(id, context), options, context: context)
    }

    func attach(_ id: String, _ options: AttachOptions, context: RPCContext) async throws -> PreparedStream {
        let id = try await options.stdin ? access.entered(id, context) : access.id(id, context)
        return try await inner.attach(id, options, context: context)
    }

    func resize(_ id: String, to size: ConsoleSize, context: RPCContext) async throws {
        try await inner.resize(try await access.id(id, context), to: size, context: context)
    }
}

struct ScopedExecs: ExecBackend {
    let access: AccessGuard

    private var inner: any ExecBackend { access.backends.execs }

    func createExec(in containerID: String, _ request: ExecCreateRequest, context: RPCContext) async throws -> String {
        let id = try await access.entered(containerID, context)
        guard !request.privileged || access.policy.socket.allowsPrivileged else { try access.policy.refuse("Privileged") }
        return try await inner.createExec(in: id, request, context: context)
    }

    func prepareExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws -> PreparedStream {
        try await access.exec(id, context)
        return try await inner.prepareExec(id, request, context: context)
    }

    func startDetachedExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws {
        try await access.exec(id, context)
        try await inner.startDetachedExec(id, request, context: context)
    }

    /// Follows a start, which was checked.
    func settleExec(_ id: String) async { await inner.settleExec(id) }

    func inspectExec(_ id: String, context: RPCContext) async throws -> ExecInspect {
        try await access.exec(id, context)
        return try await inner.inspectExec(id, context: context)
    }

    func resizeExec(_ id: String, to size: ConsoleSize, context: RPCContext) async throws {
        try await access.exec(id, context)
        try await inner.resizeExec(id, to: size, context: context)
    }
}
