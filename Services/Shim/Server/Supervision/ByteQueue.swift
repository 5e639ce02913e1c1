// Bytes on their way to a descriptor that doesn't take them all at once.

/// First in, first out. The owner keeps it within bounds.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var head = 0

    var count: Int { bytes.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ new: some Sequence<UInt8>) { bytes.append(contentsOf: new) }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    }

    /// Forgets bytes that were taken. Memory goes back as soon as the queue is empty.
    mutating func removeFirst(_ count: Int) {
        head += count
        if head == bytes.count {
            bytes = []
            head = 0
        } else if head > bytes.count / 2 {
            bytes.removeFirst(head)
            head = 0
        }
    }
}
