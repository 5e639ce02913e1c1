// A stream of progress as the body of an answer: JSON objects, a line each.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RPC

extension Response {
    /// Waits for the first message, so that a failure before it becomes the answer's status. When the client leaves, the operation ends.
    static func progress(_ progress: ProgressStream, to request: EngineRequest) async throws -> Response {
        let feed = ProgressFeed(progress)
        let first = try await request.connection.whileClientStays { try await feed.next() }
        return stream(feed, after: first, to: request)
    }

    /// Every failure is told as the last line, as dockerd tells those of a load. The head waits for the first line all the same:
    /// clients take it for the sign that their archive has been read, and send no more of it.
    static func progressOfLoad(_ progress: ProgressStream, to request: EngineRequest) async throws -> Response {
        let feed = ProgressFeed(progress)
        let first = try await request.connection.whileClientStays { () async throws -> ProgressMessage? in
            do { return try await feed.next() } catch let error as RPCError { return ProgressMessage(failure: error.message) }
        }
        return stream(feed, after: first, to: request)
    }

    private static func stream(_ feed: ProgressFeed, after first: ProgressMessage?, to request: EngineRequest) -> Response {
        .stream(MediaType.json) { writer in
            try await request.connection.whileClientStays {
                do {
                    if let first { try await writer.write(line(first)) }
                    while let message = try await feed.next() { try await writer.write(line(message)) }
                } catch let error as RPCError {
                    try await writer.write(line(ProgressMessage(failure: error.message)))
                }
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
