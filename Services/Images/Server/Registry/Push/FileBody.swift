// A file, from an offset on, as the body of a request.
import Glibc
import NIOCore

/// Pieces of a file, read as they are asked for; each iteration begins at the offset again.
struct FileBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let path: String
    let offset: Int64
    /// Called with the bytes given out since the offset.
    let onRead: @Sendable (Int64) -> Void

    private static let pieceSize = 256 << 10

    struct AsyncIterator: AsyncIteratorProtocol {
        let body: FileBody
        var file: Descriptor?
        var position: Int64 = 0

        mutating func next() async throws -> ByteBuffer? {
            let file = try self.file ?? FileBody.open(body.path)
            self.file = file
            let start = body.offset + position
            let piece = try await BlockingWork.run { [path = body.path] in try FileBody.read(file, start, path) }
            if piece.isEmpty { return nil }
            position += Int64(piece.count)
            body.onRead(position)
            return ByteBuffer(bytes: piece)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        let number = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if number < 0 { throw SystemError(call: "open", path: path, code: errno) }
        return Descriptor(owning: number)
    }

    private static func read(_ file: Descriptor, _ offset: Int64, _ path: String) throws(SystemError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, filled in
            repeat {
                let result = file.use { pread($0, buffer.baseAddress, buffer.count, off_t(offset)) }
                code = result < 0 ? errno : 0
                filled = Swift.max(0, result)
            } while code == EINTR
        }
        if code != 0 { throw SystemError(call: "read", path: path, code: code) }
        return bytes
    }
}
