// What the sequences need of the image service to take images out, make them of containers and account for them.
import Contracts
import RPC

protocol ImageDataService: Sendable {
    /// Returns the IDs of what was saved.
    func saveImages(_ names: [String], take: @escaping ByteSink, _ context: RPCContext) async throws -> [String]
    func commitContainer(_ request: CommitContainer.Request, _ context: RPCContext) async throws -> String
    func measureStore(_ context: RPCContext) async throws -> MeasureStore.Response
    func classifyBytes(_ context: RPCContext) async throws -> [String: Int64]
}

extension RemoteImageService {
    func saveImages(_ names: [String], take: @escaping ByteSink, _ context: RPCContext) async throws -> [String] {
        try await receive(SaveImages.self, .init(names: names), { try await take($0.bytes) }, context).imageIDs
    }

    func commitContainer(_ request: CommitContainer.Request, _ context: RPCContext) async throws -> String {
        try await call(CommitContainer.self, request, context).imageID
    }

    func measureStore(_ context: RPCContext) async throws -> MeasureStore.Response {
        try await call(MeasureStore.self, RPCNothing(), context)
    }

    func classifyBytes(_ context: RPCContext) async throws -> [String: Int64] {
        try await call(ClassifyBytes.self, RPCNothing(), context).classes
    }
}
