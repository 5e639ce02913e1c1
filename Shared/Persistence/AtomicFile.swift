// Files that are there whole or not at all, whatever happens meanwhile.
import Glibc

/// A file operation that failed.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system call: `open`, `write`, `fsync`, `rename`.
    public var call: String
    public var path: String
    public var code: Int32

    public var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
}

/// Replaces a file's content durably in one step.
public enum AtomicFile {
    /// Writes `bytes` to `path`: when it returns, the new content survives the loss of power; if it throws, or the process dies,
    /// the old content stands. `mode` is that of the new file whatever the umask. Throws `FileError`.
    public static func write(_ bytes: some Collection<UInt8>, to path: String, mode: mode_t) throws {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        do {
            try writeThrough(Array(bytes), to: temporary, mode: mode)
            try check(rename(temporary, path), "rename", path)
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeDirectory(of: path)
    }

    /// Makes a rename or removal in the directory that holds `path` durable. Throws `FileError`.
    public static func synchronizeDirectory(of path: String) throws {
        let end = path.lastIndex(of: "/")
        let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try check(descriptor, "open", directory)
        defer { close(descriptor) }
        try check(fsync(descriptor), "fsync", directory)
    }

    private static func writeThrough(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        try check(descriptor, "open", path)
        defer { close(descriptor) }
        try check(fchmod(descriptor, mode), "fchmod", path)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            try check(Int32(truncatingIfNeeded: min(count, 0)), "write", path)
            rest = rest.dropFirst(count)
        }
        try check(fsync(descriptor), "fsync", path)
    }

    private static func check(_ result: Int32, _ call: String, _ path: String) throws {
        if result < 0 { throw FileError(call: call, path: path, code: errno) }
    }
}
