// What the sequences need of the image service to reach containers' files.
import Contracts
import RPC
import RPCNIO

/// The files of containers, as the sequences see them.
protocol FileService: Sendable {
    func statFile(_ request: StatFile.Request, _ context: RPCContext) async throws -> FileStatus
    /// Gives the status first, then bytes.
    func readFiles(
        _ request: StatFile.Request, take: @escaping @Sendable (ReadFiles.Outbound) async throws -> Void, _ context: RPCContext
    ) async throws
    func writeFiles(_ request: WriteFiles.Request, archive: ArchiveSource, _ context: RPCContext) async throws
    func exportContainer(_ id: String, take: @escaping ByteSink, _ context: RPCContext) async throws
    func listChanges(_ id: String, _ context: RPCContext) async throws -> [FileChange]
}

/// Takes a piece of an archive.
typealias ByteSink = @Sendable ([UInt8]) async throws -> Void

extension RemoteImageService {
    func statFile(_ request: StatFile.Request, _ context: RPCContext) async throws -> FileStatus {
        try await call(StatFile.self, request, context)
    }

    func readFiles(
        _ request: StatFile.Request, take: @escaping @Sendable (ReadFiles.Outbound) async throws -> Void, _ context: RPCContext
    ) async throws {
        _ = try await receive(ReadFiles.self, request, take, context)
    }

    func writeFiles(_ request: WriteFiles.Request, archive: ArchiveSource, _ context: RPCContext) async throws {
        _ = try await send(WriteFiles.self, request, archive, { _ in }, context)
    }

    func exportContainer(_ id: String, take: @escaping ByteSink, _ context: RPCContext) async throws {
        _ = try await receive(ExportContainer.self, .init(containerID: id), { try await take($0.bytes) }, context)
    }

    func listChanges(_ id: String, _ context: RPCContext) async throws -> [FileChange] {
        try await ServiceFailure.named(.images) {
            let stream = try await client.stream(ListChanges.self, .init(containerID: id), context: context)
            defer { stream.cancel() }
            var changes: [FileChange] = []
            for try await batch in stream.outbound { changes += batch.changes }
            _ = try await stream.response()
            return changes
        }
    }

    /// Takes what the service sends. Failing to take an item ends the call.
    func receive<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, _ take: @escaping @Sendable (M.Outbound) async throws -> Void, _ context: RPCContext
    ) async throws -> M.Response {
        try await ServiceFailure.named(.images) {
            let stream = try await client.stream(method, request, context: context)
            defer { stream.cancel() }
            for try await item in stream.outbound { try await take(item) }
            return try await stream.response()
        }
    }
}
