// Import and load: an archive comes in, progress goes out.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RPC

struct ImageArchiveRoutes: Sendable {
    let backend: any ImageBackend

    /// Pull and import share a route: what is asked for is told by `fromImage` and `fromSrc`.
    @Sendable func create(_ request: EngineRequest) async throws -> Response {
        if let image = request.query.text("fromImage") {
            throw RPCError(
                .notImplemented,
                "pulling \(image) is not implemented in this version of the engine: use `docker load` or `docker import`")
        }
        guard let source = request.query.text("fromSrc") else {
            throw RPCError(.invalidParameter, "fromImage or fromSrc is needed")
        }
        guard source == "-" else {
            throw RPCError(
                .notImplemented,
                "importing from a URL is not implemented in this version of the engine: download \(source) and import the file")
        }
        let importing = ImageImportRequest(
            reference: Self.reference(request.query), message: request.query.value("message") ?? "",
            changes: request.query.all("changes"), platform: request.query.text("platform"))
        let progress = try await backend.importImage(importing, from: Upload(body: request.http.body), context: request.context)
        return try await respond(progress)
    }

    @Sendable func load(_ request: EngineRequest) async throws -> Response {
        let progress = try await backend.loadImages(
            quiet: request.query.flag("quiet", default: true), platform: request.query.text("platform"),
            from: Upload(body: request.http.body), context: request.context)
        return try await respond(progress)
    }

    private static func reference(_ query: QueryParameters) -> String? {
        guard let repository = query.text("repo") else { return nil }
        return repository + (query.text("tag").map { ":" + $0 } ?? "")
    }

    /// Waits for the first message, so that a failure before it becomes the answer's status.
    private func respond(_ progress: ProgressStream) async throws -> Response {
        let feed = ProgressFeed(progress)
        let first = try await feed.next()
        return .stream(MediaType.json) { writer in
            do {
                var message = first
                while let current = message {
                    try await writer.write(Self.line(current))
                    message = try await feed.next()
                }
            } catch let error as RPCError {
                try await writer.write(Self.line(ProgressMessage(failure: error.message)))
            }
        }
    }

    private static func line(_ message: ProgressMessage) -> ByteBuffer {
        var line = JSONBody.encode(message)
        line.moveWriterIndex(to: line.writerIndex - 1)
        line.writeString("\r\n")
        return line
    }
}

/// Reads a progress stream first in the route and then in the response's body, one after the other.
private struct ProgressFeed: Sendable {
    private let stream: ProgressStream

    init(_ stream: ProgressStream) { self.stream = stream }

    /// Each call makes an iterator: those of an `AsyncThrowingStream` share its elements.
    func next() async throws -> ProgressMessage? {
        var iterator = stream.makeAsyncIterator()
        return try await iterator.next()
    }
}
