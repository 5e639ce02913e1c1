// The kernel's error numbers as a Swift error.
import Glibc

/// A system call that failed.
public struct Errno: Error, Sendable, Equatable, CustomStringConvertible {
    /// A positive errno.
    public let code: Int32
    /// The call, with its object where that tells more: `mkdir /sys/fs/cgroup/pids/berth`.
    public let call: String

    public init(code: Int32, call: String) {
        self.code = code
        self.call = call
    }

    /// The kernel's words, as Go programs print them: `no such file or directory`.
    public var reason: String { Self.reason(of: code) }

    public var description: String { "\(call): \(reason)" }

    public static func reason(of code: Int32) -> String {
        guard let text = strerror(code) else { return "errno \(code)" }
        let words = String(cString: text)
        // Acronyms keep their capitals: "RFS specific error".
        guard let first = words.first, words.dropFirst().first?.isLowercase == true else { return words }
        return first.lowercased() + words.dropFirst()
    }

    /// Passes on what a function that returns -errno returned. Throws when it failed.
    @discardableResult
    public static func check(_ result: Int32, _ call: @autoclosure () -> String) throws(Errno) -> Int32 {
        guard result >= 0 else { throw Errno(code: -result, call: call()) }
        return result
    }
}
