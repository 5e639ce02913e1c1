// The files of the engine that answers by the names it is asked for.
import GatewayBackends
import Models
import RPC

extension FakeEngine: FileBackend {
    private func status(_ path: String) throws -> PathStatus {
        if path == "/missing" { throw RPCError(.notFound, "Could not find the file /missing in container c") }
        return PathStatus(name: "f", size: 3, mode: 0o104755, mtime: EngineTime(nanoseconds: 1_500_000_000), linkTarget: "")
    }

    func fileStatus(in id: String, path: String, context: RPCContext) async throws -> PathStatus {
        note("stat \(id) \(path)")
        try find(id)
        return try status(path)
    }

    func readFiles(in id: String, path: String, context: RPCContext) async throws -> FileDownload {
        note("read \(id) \(path)")
        let failure = path == "/torn" ? RPCError(.internalError, "the disk is torn") : nil
        return FileDownload(status: try status(path), bytes: Self.stream([Array("tar".utf8), Array("ball".utf8)], failing: failure))
    }

    func writeFiles(in id: String, _ options: FileWriteOptions, from bytes: UploadedBytes, context: RPCContext) async throws {
        note("write \(id) \(options.path) keeps=\(options.keepsKinds) owner=\(options.takesOwner)")
        guard id != "impatient" else { throw await Self.giveUp(bytes) }
        try await drain(bytes)
    }

    /// Stops reading in the middle of the body.
    private static func giveUp(_ bytes: UploadedBytes) async -> RPCError {
        let reading = Task { for try await _ in bytes {} }
        reading.cancel()
        _ = await reading.result
        return RPCError(.invalidParameter, "invalid archive")
    }

    func export(_ id: String, context: RPCContext) async throws -> ByteStream {
        try find(id)
        return Self.stream([Array("root".utf8)])
    }

    func changes(of id: String, context: RPCContext) async throws -> [PathChange] {
        try find(id)
        return id == "same" ? [] : [PathChange(path: "/a", kind: 1)]
    }
}
