// When a crowd of connections has gone, so that what it needed can be given back to the kernel.
import Synchronization

final class CrowdWatch: Sendable {
    /// Fewer connections than this are no crowd.
    static let crowd = 64
    /// Time for what the last connections held to be freed.
    static let delay = Duration.seconds(1)

    private let peak = Mutex(0)

    func rose(to count: Int) {
        peak.withLock { $0 = max($0, count) }
    }

    /// True once a crowd: when less than half of it is left.
    func fell(to count: Int) -> Bool {
        peak.withLock { peak in
            guard peak >= Self.crowd, count < peak / 2 else { return false }
            peak = count
            return true
        }
    }
}
