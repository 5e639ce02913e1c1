// The latest events in memory. Pure bookkeeping.

/// Events in the order of their sequence numbers, without holes, bounded.
struct EventRing: Sendable {
    let capacity: Int
    /// The sequence number that the next event gets.
    private(set) var nextSequence: Int64
    private let initialSequence: Int64
    private var slots: [EventRecord] = []

    init(capacity: Int, nextSequence: Int64) {
        self.capacity = max(capacity, 1)
        self.nextSequence = nextSequence
        initialSequence = nextSequence
        slots.reserveCapacity(self.capacity)
    }

    /// The oldest event here; `nextSequence` when there is none.
    var firstSequence: Int64 { nextSequence - Int64(slots.count) }

    /// Gives the event its number and keeps it; the oldest goes when there is no room.
    mutating func append(_ event: EventRecord) -> EventRecord {
        var event = event
        event.sequence = nextSequence
        if slots.count < capacity {
            slots.append(event)
        } else {
            slots[index(of: nextSequence)] = event
        }
        nextSequence += 1
        return event
    }

    /// Events from `sequence` on, at most `limit`; nil when some of them are no longer here.
    func events(from sequence: Int64, limit: Int) -> [EventRecord]? {
        guard sequence >= firstSequence else { return nil }
        guard sequence < nextSequence else { return [] }
        let end = min(nextSequence, sequence + Int64(limit))
        return (sequence..<end).map { slots[index(of: $0)] }
    }

    private func index(of sequence: Int64) -> Int {
        Int((sequence - initialSequence) % Int64(capacity))
    }
}
