// Failures of system calls, in words.
import Glibc

/// A system call that failed on a path.
struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    var call: String
    var path: String
    var code: Int32

    var description: String { "\(call) \(path): \(Self.text(code))" }

    static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Throws when `result`, a `-errno`, is negative, and returns it otherwise.
    @discardableResult
    static func check(_ result: Int32, _ call: String, _ path: String) throws(SystemError) -> Int32 {
        if result < 0 { throw SystemError(call: call, path: path, code: -result) }
        return result
    }
}
