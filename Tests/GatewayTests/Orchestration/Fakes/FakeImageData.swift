// The image service's ways out, in memory.
import Contracts
import RPC

@testable import GatewayOrchestration

extension FakeImages {
    func saveImages(_ names: [String], take: @escaping ByteSink, _ context: RPCContext) async throws -> [String] {
        try world.call("images.save \(names)")
        try await take([1, 2])
        return [Self.imageID]
    }

    func commitContainer(_ request: CommitContainer.Request, _ context: RPCContext) async throws -> String {
        try world.call("images.commit \(String(decoding: request.config, as: UTF8.self).contains(#""User":"other""#))")
        return "sha256:new"
    }

    func measureStore(_ context: RPCContext) async throws -> MeasureStore.Response {
        .init(layersSize: 100, images: [.init(id: Self.imageID, layers: [60, 40], shared: 60, hasChildren: true)])
    }

    func classifyBytes(_ context: RPCContext) async throws -> [String: Int64] { ["orphans": 0] }
}
