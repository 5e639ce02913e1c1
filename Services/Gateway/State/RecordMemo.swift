// What was made from a container's record, kept as long as the record is as it is.
import Synchronization

/// Bytes by what they are for. Every change of a record begins with an empty one.
public final class RecordMemo: Sendable {
    private let kept = Mutex<[Int: [UInt8]]>([:])

    public init() {}

    /// The bytes kept under `key`; made first if there are none. Two that ask at once may both make them.
    public func bytes(_ key: Int, _ make: () -> [UInt8]) -> [UInt8] {
        if let bytes = kept.withLock({ $0[key] }) { return bytes }
        let bytes = make()
        kept.withLock { $0[key] = bytes }
        return bytes
    }
}
