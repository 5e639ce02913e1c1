// A file that is being written.
import CLinux
import Glibc

/// Writes a new file piece by piece.
final class FileSink {
    let path: String
    private let file: Descriptor
    private(set) var size: Int64 = 0
    private var begun: Int64 = 0
    /// The disk works while more bytes come, instead of when all must be durable.
    private static let writebackPortion: Int64 = 16 << 20

    /// Fails when the file is there already. Throws `SystemError`.
    init(creating path: String) throws(SystemError) {
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if number < 0 { throw SystemError(call: "create", path: path, code: errno) }
        file = Descriptor(owning: number)
        self.path = path
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = bytes
        while rest.count > 0 {
            let (count, code) = file.use { (Glibc.write($0, rest.baseAddress, rest.count), errno) }
            if count < 0, code == EINTR { continue }
            if count < 0 { throw SystemError(call: "write", path: path, code: code) }
            size += Int64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        if size - begun >= Self.writebackPortion { beginWriteback() }
    }

    /// Only a hint: an error shows itself when the bytes are made durable.
    private func beginWriteback() {
        _ = file.use { clinux_layer_begin_writeback($0, begun, size - begun) }
        begun = size
    }

    /// Makes the bytes durable.
    func synchronize() throws(SystemError) { try file.synchronize(path) }
}
