// Failures of the kernel's interfaces, with the call they came from.
import Glibc

/// A system call that failed.
struct KernelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was attempted, with its object: `mount /run/berth/netns/ab12`.
    let operation: String
    /// errno.
    let code: Int32

    var description: String { "\(operation): \(String(cString: strerror(code)))" }

    /// Passes a result of zero or more through; throws for a negative errno.
    @discardableResult
    static func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(KernelError) -> Int32 {
        if result < 0 { throw KernelError(operation: operation(), code: -result) }
        return result
    }
}
