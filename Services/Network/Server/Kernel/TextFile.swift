// Small text files that are read and written as a whole, without regard for a loss of power.
import Glibc

/// Files that are generated again whenever they are needed, and files of the host.
enum TextFile {
    /// At most `limit` bytes; nil when there is no such file. Throws `KernelError`.
    static func read(_ path: String, limit: Int) throws -> String? {
        let raw = open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else {
            if errno == ENOENT { return nil }
            throw KernelError(operation: "open \(path)", code: errno)
        }
        defer { close(raw) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = Glibc.read(raw, &buffer, min(buffer.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw KernelError(operation: "read \(path)", code: errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes the file, or overwrites it in place: a container may have it mounted. Throws `KernelError`.
    static func write(_ text: String, to path: String) throws {
        let raw = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard raw >= 0 else { throw KernelError(operation: "open \(path)", code: errno) }
        defer { close(raw) }
        guard fchmod(raw, 0o644) == 0 else { throw KernelError(operation: "chmod \(path)", code: errno) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw KernelError(operation: "write \(path)", code: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
