// Settings below /proc/sys/net, which are those of the calling thread's network namespace.
import Glibc

/// Reads and writes kernel settings by their path below `/proc/sys`.
enum Sysctl {
    /// Without surrounding white space; nil when there is no such setting. `proc` is where procfs is. Throws `KernelError`.
    static func read(_ key: String, proc: String = "/proc") throws -> String? {
        try TextFile.read("\(proc)/sys/\(key)", limit: 4096).map { text in
            String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
    }

    /// Throws `KernelError`.
    static func write(_ key: String, _ value: String, proc: String = "/proc") throws {
        let path = "\(proc)/sys/\(key)"
        let raw = open(path, O_WRONLY | O_CLOEXEC)
        guard raw >= 0 else { throw KernelError(operation: "open /proc/sys/\(key)", code: errno) }
        defer { close(raw) }
        let bytes = Array(value.utf8)
        guard Glibc.write(raw, bytes, bytes.count) == bytes.count else {
            throw KernelError(operation: "write \(value) to /proc/sys/\(key)", code: errno)
        }
    }
}
