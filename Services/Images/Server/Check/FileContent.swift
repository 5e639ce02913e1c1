// Compares the bytes of two files.
import CLinux
import Glibc

enum FileContent {
    private static let pieceSize = 256 << 10

    /// Of the same name in two directories. Throws `SystemError`.
    static func isSame(_ left: Descriptor, _ right: Descriptor, _ name: RawPath) throws(SystemError) -> Bool {
        let (one, other) = (try open(left, name), try open(right, name))
        var offset: off_t = 0
        while true {
            // What can't be read is damaged, and found so.
            guard let first = read(one, offset), let second = read(other, offset), first == second else { return false }
            if first.isEmpty { return true }
            offset += off_t(first.count)
        }
    }

    private static func open(_ directory: Descriptor, _ name: RawPath) throws(SystemError) -> Descriptor {
        Descriptor(owning: try SystemError.check(directory.use { clinux_layer_read($0, name.cString, 0) }, "open", "\(name)"))
    }

    private static func read(_ file: Descriptor, _ offset: off_t) -> [UInt8]? {
        var isRead = true
        let bytes = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, filled in
            let count = file.use { pread($0, buffer.baseAddress, buffer.count, offset) }
            isRead = count >= 0
            filled = max(0, count)
        }
        return isRead ? bytes : nil
    }
}
