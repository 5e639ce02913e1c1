// The image service over RPC.
import Contracts
import RPC
import RPCNIO

/// Calls the image service on its socket.
struct RemoteImageService: ImageService {
    let client: RPCClient

    func inspect(_ name: String, _ context: RPCContext) async throws -> ImageRecord {
        try await call(InspectImage.self, .init(name: name), context)
    }

    func list(_ context: RPCContext) async throws -> [ImageRecord] {
        try await call(ListImages.self, RPCNothing(), context).images
    }

    func tag(_ request: TagImage.Request, _ context: RPCContext) async throws -> TagImage.Response {
        try await call(TagImage.self, request, context)
    }

    func remove(_ request: RemoveImage.Request, _ context: RPCContext) async throws -> RemoveImage.Response {
        try await call(RemoveImage.self, request, context)
    }

    func prepareSnapshot(_ request: PrepareSnapshot.Request, _ context: RPCContext) async throws -> SnapshotRecord {
        try await call(PrepareSnapshot.self, request, context)
    }

    func leaseImage(_ request: LeaseImage.Request, _ context: RPCContext) async throws -> LeaseImage.Response {
        try await call(LeaseImage.self, request, context)
    }

    func watch(_ handler: @Sendable (WatchImages.Outbound) async -> Void) async throws {
        let stream = try await client.stream(WatchImages.self, RPCNothing())
        defer { stream.cancel() }
        for try await notice in stream.outbound { await handler(notice) }
        _ = try await stream.response()
    }

    func removeSnapshot(container: String, _ context: RPCContext) async throws {
        _ = try await call(RemoveSnapshot.self, .init(containerID: container), context)
    }

    func listSnapshots(_ context: RPCContext) async throws -> [SnapshotRecord] {
        try await call(ListSnapshots.self, RPCNothing(), context).snapshots
    }

    func measureSnapshot(container: String, _ context: RPCContext) async throws -> MeasureSnapshot.Response {
        try await call(MeasureSnapshot.self, .init(containerID: container), context)
    }

    func importImage(
        _ request: ImportImage.Request, archive: ArchiveSource, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> ImportImage.Response {
        try await send(ImportImage.self, request, archive, progress, context)
    }

    func loadImages(
        _ request: LoadImages.Request, archive: ArchiveSource, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> LoadImages.Response {
        try await send(LoadImages.self, request, archive, progress, context)
    }

    func pushImage(
        _ request: PushImage.Request, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> PushImage.Response {
        try await follow(PushImage.self, request, progress, context)
    }

    func logIn(_ request: LogIn.Request, _ context: RPCContext) async throws -> LogIn.Response {
        try await call(LogIn.self, request, context)
    }

    func searchImages(_ request: SearchImages.Request, _ context: RPCContext) async throws -> SearchImages.Response {
        try await call(SearchImages.self, request, context)
    }

    func inspectDistribution(
        _ request: InspectDistribution.Request, _ context: RPCContext
    ) async throws -> InspectDistribution.Response {
        try await call(InspectDistribution.self, request, context)
    }

    func pullImage(
        _ request: PullImage.Request, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> PullImage.Response {
        try await follow(PullImage.self, request, progress, context)
    }

    func call<M: RPCMethod>(_ method: M.Type, _ request: M.Request, _ context: RPCContext) async throws -> M.Response {
        try await ServiceFailure.named(.images) { try await client.call(method, request, context: context) }
    }

    /// Uploads while progress comes back. The service may answer, or fail, before it has read everything.
    func send<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, _ archive: ArchiveSource,
        _ progress: @escaping @Sendable (M.Outbound) async throws -> Void, _ context: RPCContext
    ) async throws -> M.Response where M.Inbound == ArchiveChunk {
        try await ServiceFailure.named(.images) {
            let stream = try await client.stream(method, request, context: context)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await bytes in archive { try await stream.send(ArchiveChunk(bytes: bytes)) }
                    try await stream.finish()
                }
                defer {
                    group.cancelAll()
                    stream.cancel()
                }
                for try await line in stream.outbound { try await progress(line) }
                return try await stream.response()
            }
        }
    }

    /// Passes progress on; cancelling the task ends the operation.
    private func follow<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, _ progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> M.Response where M.Inbound == RPCNothing, M.Outbound == ImageProgress {
        try await ServiceFailure.named(.images) {
            let stream = try await client.stream(method, request, context: context)
            defer { stream.cancel() }
            try await stream.finish()
            for try await line in stream.outbound { try await progress(line) }
            return try await stream.response()
        }
    }
}
