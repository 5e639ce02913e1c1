// An uploaded archive, handed on piece by piece as it comes in.
import HummingbirdCore
import NIOCore

/// The request's body in pieces of at most 256 KiB. It has one reader.
struct Upload: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    static let pieceLimit = 256 << 10

    let body: RequestBody

    func makeAsyncIterator() -> Iterator { Iterator(chunks: body.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var chunks: RequestBody.AsyncIterator
        private var rest = ByteBuffer()

        fileprivate init(chunks: RequestBody.AsyncIterator) { self.chunks = chunks }

        mutating func next() async throws -> [UInt8]? {
            while rest.readableBytes == 0 {
                guard let chunk = try await chunks.next() else { return nil }
                rest = chunk
            }
            return rest.readBytes(length: Swift.min(rest.readableBytes, Upload.pieceLimit))
        }
    }
}
