// Bytes of a file.
import Glibc

/// Reads a file from its beginning.
final class FileSource: ByteSource {
    static let pieceSize = 1 << 20

    private let file: Descriptor
    private let path: String
    private var offset: off_t = 0

    /// Throws `SystemError`.
    init(path: String) throws(SystemError) {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        if number < 0 { throw SystemError(call: "open", path: path, code: errno) }
        file = Descriptor(owning: number)
        self.path = path
    }

    func next() throws -> [UInt8]? {
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
            repeat {
                let result = file.use { pread($0, buffer.baseAddress, buffer.count, offset) }
                failure = result < 0 ? errno : 0
                count = max(0, result)
            } while failure == EINTR
        }
        if failure != 0 { throw SystemError(call: "read", path: path, code: failure) }
        offset += off_t(piece.count)
        return piece.isEmpty ? nil : piece
    }
}
