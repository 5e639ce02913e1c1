// An uploaded archive, handed on piece by piece as it comes in.
import HummingbirdCore
import NIOCore

/// The request's body in pieces of at most 256 KiB, and of at least 192 KiB but for the last. It has one reader.
struct Upload: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    static let pieceLimit = 256 << 10
    /// Clients send small chunks; each piece costs several threads a turn.
    static let pieceSize = 192 << 10

    let body: RequestBody

    func makeAsyncIterator() -> Iterator { Iterator(chunks: body.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var chunks: RequestBody.AsyncIterator
        private var rest = ByteBuffer()
        private var isAtEnd = false

        fileprivate init(chunks: RequestBody.AsyncIterator) { self.chunks = chunks }

        mutating func next() async throws -> [UInt8]? {
            while rest.readableBytes < Upload.pieceSize, !isAtEnd {
                guard let chunk = try await chunks.next() else {
                    isAtEnd = true
                    break
                }
                if rest.readableBytes == 0 { rest = chunk } else { rest.writeImmutableBuffer(chunk) }
            }
            return rest.readableBytes == 0 ? nil : rest.readBytes(length: Swift.min(rest.readableBytes, Upload.pieceLimit))
        }
    }
}
