// Named places where a test can have a service die, to prove that the next start converges.
import Glibc
import Synchronization

/// Ends the process with SIGKILL at a place that `BERTH_FAULT` names; everywhere else it costs one load and a comparison.
///
/// `BERTH_FAULT=create.committed` dies when the point is first reached, `BERTH_FAULT=create.committed:3` the third time.
/// `BERTH_FAULT_FILE=/path` dies at the point that the file names, and removes the file before: a test can have a service that is started
/// again die at one point after the other.
public enum FaultPoint {
    /// Marks a place. Names are `noun.step`.
    public static func reach(_ name: StaticString) {
        let isReached = armed?.isReached(name) ?? file?.takes(name) ?? false
        if isReached { kill(getpid(), SIGKILL) }
    }

    private static let file = getenv("BERTH_FAULT_FILE").map { FaultFile(path: String(cString: $0)) }

    private static let armed = getenv("BERTH_FAULT").flatMap { ArmedFault(String(cString: $0)) }
}

/// A file that names the next fault.
struct FaultFile: Sendable {
    private static let longest = 200

    let path: String

    /// True once for a file that names the point: it is removed.
    func takes(_ point: StaticString) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: Self.longest)
        let count = max(0, read(descriptor, &buffer, buffer.count))
        guard String(decoding: buffer[..<count], as: UTF8.self) == point.description else { return false }
        return unlink(path) == 0
    }
}

/// The one fault a process was started with.
final class ArmedFault: Sendable {
    private let name: String
    private let remaining: Atomic<Int>

    /// nil for a text that names no point.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let first = parts.first else { return nil }
        let count = parts.count == 2 ? Int(parts[1]) : 1
        guard let count, count > 0 else { return nil }
        name = String(first)
        remaining = Atomic(count)
    }

    /// True exactly once: the n-th time that the armed point is reached.
    func isReached(_ point: StaticString) -> Bool {
        guard point.description == name else { return false }
        return remaining.subtract(1, ordering: .relaxed).newValue == 0
    }
}
