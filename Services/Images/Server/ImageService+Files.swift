// The image service's access to the files of containers.
import Contracts
import RPC

extension ImageService {
    public func statFile(_ request: StatFile.Request) async throws(RPCError) -> FileStatus {
        try await failing { [store] in try await FileReading(request, store: store).status() }
    }

    public func readFiles(
        _ request: StatFile.Request, send: @escaping @Sendable (ReadFiles.Outbound) async throws -> Void
    ) async throws(RPCError) {
        try await failing { [store] in try await FileReading(request, store: store).send(send) }
    }

    /// `input` gives the archive's bytes in pieces.
    public func writeFiles<S: AsyncSequence & Sendable>(
        _ request: WriteFiles.Request, input: S
    ) async throws(RPCError) where S.Element == [UInt8] {
        let work = FileWriting(request, store: store, limits: limits)
        try await failing { try await ArchiveUpload.run(input) { try await work.run($0) } }
    }

    public func exportContainer(
        _ request: ExportContainer.Request, send: @escaping @Sendable (ArchiveChunk) async throws -> Void
    ) async throws(RPCError) {
        try await failing { [store] in
            try await LayerReading(store: store, containerID: request.containerID).export { try await send(ArchiveChunk(bytes: $0)) }
        }
    }

    public func listChanges(
        _ request: ListChanges.Request, send: @escaping @Sendable (ListChanges.Outbound) async throws -> Void
    ) async throws(RPCError) {
        try await failing { [store] in
            let changes = try await LayerReading(store: store, containerID: request.containerID).changes()
            for start in stride(from: 0, to: changes.count, by: 500) {
                try await send(.init(changes: Array(changes[start..<min(start + 500, changes.count)])))
            }
        }
    }
}
