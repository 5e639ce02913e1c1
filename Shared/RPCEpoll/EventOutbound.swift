// Bytes waiting to be written.

/// A byte queue that is nearly always empty: appended to at the end, taken from the front, in one piece of memory.
struct EventOutbound {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { start == bytes.count }

    mutating func append(_ more: [UInt8]) {
        if bytes.isEmpty { bytes = more } else { bytes += more }
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    mutating func removeFirst(_ count: Int) {
        start += count
        if start == bytes.count {
            bytes = []
            start = 0
        } else if start > Self.waste {
            bytes.removeFirst(start)
            start = 0
        }
    }

    /// Written bytes that are kept before the rest is moved to the front.
    private static let waste = 1 << 20
}
