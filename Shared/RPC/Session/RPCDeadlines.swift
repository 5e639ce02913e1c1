// When the calls of a connection run out of time.

/// Deadlines ordered by time. Those of calls that have ended are dropped when they surface, or when they outnumber the live ones.
struct RPCDeadlines<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        let due: UInt64
        let call: Key
    }

    private var heap: [Entry] = []
    private var live: [Key: UInt64] = [:]

    /// The first deadline there may be, in the owner's nanoseconds; nil for none.
    var next: UInt64? {
        mutating get {
            dropEnded()
            return heap.first?.due
        }
    }

    mutating func set(_ due: UInt64, for call: Key) {
        live[call] = due
        heap.append(Entry(due: due, call: call))
        siftUp()
    }

    mutating func remove(_ call: Key) {
        guard !live.isEmpty, live.removeValue(forKey: call) != nil, heap.count > 2 * live.count + 64 else { return }
        heap = heap.filter { live[$0.call] == $0.due }.sorted { $0.due < $1.due }
    }

    /// Takes one call that is out of time.
    mutating func takeExpired(at now: UInt64) -> Key? {
        dropEnded()
        guard let first = heap.first, first.due <= now else { return nil }
        removeFirst()
        live[first.call] = nil
        return first.call
    }

    private mutating func dropEnded() {
        while let first = heap.first, live[first.call] != first.due { removeFirst() }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while 2 * parent + 1 < heap.count {
            let left = 2 * parent + 1
            let child = left + 1 < heap.count && heap[left + 1].due < heap[left].due ? left + 1 : left
            guard heap[child].due < heap[parent].due else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}
