// Named places where a test can have a service die, to prove that the next start converges.
import Glibc
import Synchronization

/// Ends the process with SIGKILL at a place that `BERTH_FAULT` names; everywhere else it costs one load and a comparison.
///
/// `BERTH_FAULT=create.committed` dies when the point is first reached, `BERTH_FAULT=create.committed:3` the third time.
public enum FaultPoint {
    /// Marks a place. Names are `noun.step`.
    public static func reach(_ name: StaticString) {
        guard let armed, armed.isReached(name) else { return }
        kill(getpid(), SIGKILL)
    }

    private static let armed = getenv("BERTH_FAULT").flatMap { ArmedFault(String(cString: $0)) }
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
