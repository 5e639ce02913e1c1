// Timers ordered by when they are due: a binary heap whose cancelled entries are dropped when they surface.

extension EventLoop {
    /// Names a scheduled timer, to cancel it.
    public struct Timer: Hashable, Sendable {
        let serial: UInt64
    }
}

struct TimerQueue {
    private struct Entry {
        let due: UInt64
        let serial: UInt64
        func precedes(_ other: Entry) -> Bool { (due, serial) < (other.due, other.serial) }
    }

    private var heap: [Entry] = []
    private var actions: [UInt64: () -> Void] = [:]
    private var nextSerial: UInt64 = 0

    var count: Int { actions.count }

    /// Cancelled ones included.
    var storedCount: Int { heap.count }

    /// When the first live timer falls due.
    var nextDue: UInt64? {
        mutating get {
            dropCancelled()
            return heap.first?.due
        }
    }

    mutating func insert(due: UInt64, _ action: @escaping () -> Void) -> EventLoop.Timer {
        nextSerial += 1
        actions[nextSerial] = action
        heap.append(Entry(due: due, serial: nextSerial))
        siftUp(from: heap.count - 1)
        return EventLoop.Timer(serial: nextSerial)
    }

    mutating func cancel(_ timer: EventLoop.Timer) {
        guard actions.removeValue(forKey: timer.serial) != nil else { return }
        // Cancelled entries may not outgrow the live ones: timers that are always cancelled would fill the memory.
        if heap.count > 2 * actions.count + 64 { rebuild() }
    }

    /// Takes one timer that is due, so that each action may still cancel the others.
    mutating func takeDue(at now: UInt64) -> (() -> Void)? {
        dropCancelled()
        guard let first = heap.first, first.due <= now else { return nil }
        removeFirst()
        return actions.removeValue(forKey: first.serial)
    }

    private mutating func dropCancelled() {
        while let first = heap.first, actions[first.serial] == nil { removeFirst() }
    }

    private mutating func rebuild() {
        heap = heap.filter { actions[$0.serial] != nil }.sorted { $0.precedes($1) }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
    }

    private mutating func siftUp(from index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].precedes(heap[left]) ? right : left
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
