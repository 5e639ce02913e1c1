// The container routes' backend: finds the container, runs the sequence.
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine: ContainerBackend {
    func create(
        _ request: ContainerCreateRequest, name: String?, platform: String?, context: RPCContext
    ) async throws -> ContainerCreateResponse {
        let sequence = CreateSequence(engine: self, request: request, name: name, platform: platform, context: context)
        return try await actions.time(.container, "create") { try await uncancelled { try await sequence.run() } }
    }

    func start(_ id: String, context: RPCContext) async throws {
        let sequence = StartSequence(engine: self, live: try find(id).live, context: context)
        try await actions.time(.container, "start") { try await uncancelled { try await sequence.run() } }
    }

    func stop(_ id: String, _ options: StopOptions, context: RPCContext) async throws {
        let sequence = StopSequence(engine: self, live: try find(id).live, options: options)
        try await uncancelled { try await sequence.run() }
    }

    func restart(_ id: String, _ options: StopOptions, context: RPCContext) async throws {
        let sequence = RestartSequence(engine: self, live: try find(id).live, options: options, context: context)
        try await uncancelled { try await sequence.run() }
    }

    func kill(_ id: String, signal: String?, context: RPCContext) async throws {
        try await KillSequence(engine: self, live: try find(id).live, signalName: signal).run(context)
    }

    func pause(_ id: String, context: RPCContext) async throws {
        try await pause(try find(id).live, context)
    }

    func unpause(_ id: String, context: RPCContext) async throws {
        try await resume(try find(id).live, context)
    }

    func rename(_ id: String, to name: String, context: RPCContext) async throws {
        let sequence = RenameSequence(engine: self, live: try find(id).live, newName: name)
        try await uncancelled { try await sequence.run() }
    }

    func remove(_ id: String, _ options: RemoveOptions, context: RPCContext) async throws {
        guard !options.link else {
            let sequence = try RemoveLinkSequence(engine: self, reference: id)
            return try await uncancelled { try await sequence.run(context) }
        }
        let sequence = RemoveSequence(engine: self, live: try find(id).live)
        try await actions.time(.container, "delete") { try await uncancelled { try await sequence.run(options) } }
    }

    func trace(_ id: String, context: RPCContext) async throws -> [TraceSpan] {
        let (record, live) = try find(id)
        let own = live.spans.spans
        let kept = try await store.keptTrace(of: record.id).filter { !own.contains($0) }
        return (kept + own).map {
            TraceSpan(
                name: $0.name, service: $0.service, start: $0.start, end: $0.end, outcome: $0.outcome.rawValue, error: $0.error)
        }
    }

    func prune(_ query: ContainerPruneQuery, context: RPCContext) async throws -> ContainersPruned {
        try await PruneSequence(engine: self, query: query).run(context)
    }

    func wait(_ id: String, for condition: WaitCondition, context: RPCContext) async throws -> PendingWait {
        try wait(try find(id).live, for: condition)
    }

    func inspect(_ id: String, size: Bool, context: RPCContext) async throws -> ContainerInspect {
        try await inspect(try store.find(id), size: size, context)
    }

    func list(_ query: ContainerListQuery, context: RPCContext) async throws -> [ListedContainer] {
        try await list(query, context)
    }

    func top(_ id: String, psArguments: String?, context: RPCContext) async throws -> ContainerTop {
        try await top(try find(id).live, psArguments: psArguments, context)
    }

    func stats(
        _ id: String, isLive: Bool, isOneShot: Bool, context: RPCContext
    ) async throws -> AsyncThrowingStream<ContainerStats, any Error> {
        guard !isLive || !isOneShot else { throw RPCError(.invalidParameter, "cannot have stream=true and one-shot=true") }
        return stats(of: try find(id).live, isLive: isLive, isOneShot: isOneShot)
    }

    func update(_ id: String, _ change: HostConfig, context: RPCContext) async throws -> ContainerUpdateResponse {
        let sequence = UpdateSequence(engine: self, live: try find(id).live, change: change, context: context)
        return try await uncancelled { try await sequence.run() }
    }

    func logs(_ id: String, _ options: GatewayBackends.LogOptions, context: RPCContext) async throws -> GatewayBackends.LogStream {
        try logs(try find(id).live, options)
    }

    func attach(_ id: String, _ options: AttachOptions, context: RPCContext) async throws -> PreparedStream {
        try AttachSequence(engine: self, live: try find(id).live, options: options, context: context).prepare()
    }

    func resize(_ id: String, to size: ConsoleSize, context: RPCContext) async throws {
        try await resize(try find(id).live, to: size, context)
    }
}

extension ContainerEngine: ExecBackend {
    func createExec(in containerID: String, _ request: ExecCreateRequest, context: RPCContext) async throws -> String {
        try ExecSequence(engine: self, context: context).create(in: containerID, request)
    }

    func prepareExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws -> PreparedStream {
        try ExecSequence(engine: self, context: context).prepare(id, request)
    }

    func startDetachedExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws {
        let sequence = ExecSequence(engine: self, context: context)
        try await uncancelled { try await sequence.run(id, request, nil) }
    }

    func settleExec(_ id: String) async {
        await ExecSettling(engine: self, id: id).run()
    }

    func inspectExec(_ id: String, context: RPCContext) async throws -> ExecInspect {
        try await ExecSequence(engine: self, context: context).inspect(id)
    }

    func resizeExec(_ id: String, to size: ConsoleSize, context: RPCContext) async throws {
        try await ExecSequence(engine: self, context: context).resize(id, to: size)
    }
}
