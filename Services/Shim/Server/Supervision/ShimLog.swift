// The shim's own log: lines on stderr, for the journal.
import Glibc

enum ShimLog {
    /// Written in one piece, so that lines of several shims don't mix.
    static func note(_ message: String) {
        let line = Array("berth-shim[\(getpid())]: \(message)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
