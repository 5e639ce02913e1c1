// The image service's ways out: save, commit, and what everything takes.
import Contracts
import Models
import RPC

extension ImageService {
    public func saveImages(
        _ request: SaveImages.Request, send: @escaping @Sendable (ArchiveChunk) async throws -> Void
    ) async throws(RPCError) -> SaveImages.Response {
        try await failing { [store] in
            let ids = try await ImageSave(store: store, names: request.names).run { try await send(ArchiveChunk(bytes: $0)) }
            return .init(imageIDs: ids.map(\.description))
        }
    }

    public func commitContainer(_ request: CommitContainer.Request) async throws(RPCError) -> CommitContainer.Response {
        let work = try ContainerCommit(request, store: store, limits: limits)
        return try await failing { .init(imageID: try await work.run().description) }
    }

    public nonisolated func measureStore() -> MeasureStore.Response { StoreUsage(store: store).images() }

    public func classifyBytes() async throws(RPCError) -> ClassifyBytes.Response {
        let bytes = StoreBytes(store: store, engineRoot: engineRoot)
        return try await failing { .init(classes: try await BlockingWork.run { try bytes.classes() }) }
    }
}
