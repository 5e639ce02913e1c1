// Files of containers: `docker cp`, export and diff.
import FoundationEssentials
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RPC

struct FileRoutes: Sendable {
    let backend: any FileBackend

    var routes: [Route] {
        [
            .head("/containers/{name}/archive", status),
            .get("/containers/{name}/archive", read),
            .put("/containers/{name}/archive", write),
            .get("/containers/{name}/export", export),
            .get("/containers/{name}/changes", changes),
        ]
    }

    private func path(_ request: EngineRequest) throws -> String {
        guard let path = request.query.text("path") else {
            throw RPCError(.invalidParameter, "bad parameter: 'path' cannot be empty")
        }
        return path
    }

    @Sendable private func status(_ request: EngineRequest) async throws -> Response {
        let status = try await backend.fileStatus(in: request.parameter("name"), path: path(request), context: request.context)
        var response = Response(status: .ok)
        response.headers[.pathStatus] = Self.header(status)
        return response
    }

    /// JSON in base 64.
    static func header(_ status: PathStatus) -> String {
        Data(JSONBody.encode(status).readableBytesView.dropLast()).base64EncodedString()
    }

    @Sendable private func read(_ request: EngineRequest) async throws -> Response {
        let download = try await backend.readFiles(in: request.parameter("name"), path: path(request), context: request.context)
        var response = Self.stream(download.bytes, MediaType.tar)
        response.headers[.pathStatus] = Self.header(download.status)
        return response
    }

    @Sendable private func write(_ request: EngineRequest) async throws -> Response {
        let options = FileWriteOptions(
            path: try path(request), keepsKinds: request.query.flag("noOverwriteDirNonDir"),
            takesOwner: request.query.flag("copyUIDGID"))
        try await backend.writeFiles(
            in: request.parameter("name"), options, from: Upload(body: request.http.body), context: request.context)
        return .empty(.ok)
    }

    @Sendable private func export(_ request: EngineRequest) async throws -> Response {
        Self.stream(try await backend.export(request.parameter("name"), context: request.context), MediaType.octets)
    }

    /// No changes are null, as clients know it.
    @Sendable private func changes(_ request: EngineRequest) async throws -> Response {
        let changes = try await backend.changes(of: request.parameter("name"), context: request.context)
        return .json(changes.isEmpty ? nil : changes)
    }

    /// A failure after the head closes the connection, so that no client takes half an archive for a whole one.
    static func stream(_ bytes: ByteStream, _ type: String) -> Response {
        .stream(type) { writer in
            for try await piece in bytes { try await writer.write(ByteBuffer(bytes: piece)) }
        }
    }
}
