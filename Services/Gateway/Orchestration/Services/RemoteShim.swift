// A shim over RPC.
import Contracts
import RPC
import RPCNIO

/// Calls a shim over the connection that spawned it, or over its own socket.
struct RemoteShim: ShimConnection {
    let connection: RPCConnection

    func adopt(_ request: AdoptContainer.Request, _ context: RPCContext) async throws {
        _ = try await connection.call(AdoptContainer.self, request, context: context)
    }

    func start(_ request: StartContainer.Request, _ context: RPCContext) async throws -> RunningContainer {
        try await connection.call(StartContainer.self, request, context: context)
    }

    func restore(_ request: RestoreContainer.Request, _ context: RPCContext) async throws -> RunningContainer {
        try await connection.call(RestoreContainer.self, request, context: context)
    }

    func checkpoint(_ request: CheckpointContainer.Request, _ context: RPCContext) async throws {
        _ = try await connection.call(CheckpointContainer.self, request, context: context)
    }

    func listCheckpoints(_ request: ListCheckpoints.Request, _ context: RPCContext) async throws -> ListCheckpoints.Response {
        try await connection.call(ListCheckpoints.self, request, context: context)
    }

    func removeCheckpoint(_ request: RemoveCheckpoint.Request, _ context: RPCContext) async throws {
        _ = try await connection.call(RemoveCheckpoint.self, request, context: context)
    }

    func inspect(_ context: RPCContext) async throws -> InspectShim.Response {
        try await connection.call(InspectShim.self, RPCNothing(), context: context)
    }

    func watch(after sequence: UInt64, _ handler: @Sendable (ShimNotice) async -> Void) async throws {
        let stream = try await connection.stream(WatchShim.self, .init(after: sequence))
        for try await notice in stream.outbound { await handler(notice) }
        _ = try await stream.response()
    }

    func signal(_ request: SignalContainer.Request, _ context: RPCContext) async throws -> SignalContainer.Response {
        try await connection.call(SignalContainer.self, request, context: context)
    }

    func pause(_ context: RPCContext) async throws {
        _ = try await connection.call(PauseContainer.self, RPCNothing(), context: context)
    }

    func resume(_ context: RPCContext) async throws {
        _ = try await connection.call(ResumeContainer.self, RPCNothing(), context: context)
    }

    func resize(_ request: ResizeTerminal.Request, _ context: RPCContext) async throws {
        _ = try await connection.call(ResizeTerminal.self, request, context: context)
    }

    func attach(
        _ request: AttachContainer.Request, descriptor: Int32, _ context: RPCContext
    ) async throws -> AttachContainer.Response {
        try await connection.call(AttachContainer.self, request, context: context, descriptors: [descriptor])
    }

    func startExec(_ request: StartExec.Request, descriptor: Int32?, _ context: RPCContext) async throws -> ExecState {
        try await connection.call(StartExec.self, request, context: context, descriptors: descriptor.map { [$0] } ?? [])
    }

    func stats(_ context: RPCContext) async throws -> StatsSample {
        try await connection.call(ReadStats.self, RPCNothing(), context: context)
    }

    func update(_ request: UpdateContainer.Request, _ context: RPCContext) async throws {
        _ = try await connection.call(UpdateContainer.self, request, context: context)
    }

    func processes(_ context: RPCContext) async throws -> [Int32] {
        try await connection.call(ListProcesses.self, RPCNothing(), context: context).pids
    }

    func noteCalls(_ notes: Bool, _ context: RPCContext) async throws {
        _ = try await connection.call(NoteCalls.self, .init(notes: notes), context: context)
    }

    func release(removesContainerDirectory: Bool, _ context: RPCContext) async throws {
        _ = try await connection.call(
            ReleaseShim.self, .init(removesContainerDirectory: removesContainerDirectory), context: context)
    }

    func kill(_ request: KillShim.Request, _ context: RPCContext) async throws {
        _ = try await connection.call(KillShim.self, request, context: context)
    }

    func recover(_ request: RecoverContainer.Request, _ context: RPCContext) async throws -> ExitRecord? {
        try await connection.call(RecoverContainer.self, request, context: context).exit
    }

    func close() async {
        await connection.close()
    }
}
