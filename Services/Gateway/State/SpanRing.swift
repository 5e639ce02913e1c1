// Where the time of a container's last operations went.

/// One step of a sequence, as it went.
public struct Span: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable { case done, failed, undone }
    /// `start.sandbox`…: the sequence and its step.
    public var name: String
    /// The process that did the work: `gateway`, `images`, `network`, `shim`.
    public var service: String
    /// Nanoseconds since 1970.
    public var start: Int64
    public var end: Int64
    public var outcome: Outcome
    /// Why it failed, in the words of the error.
    public var error: String?

    public init(name: String, service: String, start: Int64, end: Int64, outcome: Outcome, error: String? = nil) {
        self.name = name
        self.service = service
        self.start = start
        self.end = end
        self.outcome = outcome
        self.error = error
    }
}

/// The latest spans, the oldest dropped first.
public struct SpanRing: Sendable {
    public static let standardCapacity = 64
    private let capacity: Int
    private var slots: [Span] = []
    private var next = 0

    public init(capacity: Int = standardCapacity) {
        self.capacity = max(capacity, 1)
    }

    public mutating func append(_ span: Span) {
        if slots.count < capacity {
            slots.append(span)
        } else {
            slots[next] = span
        }
        next = (next + 1) % capacity
    }

    /// Oldest first.
    public var spans: [Span] {
        slots.count < capacity ? slots : Array(slots[next...] + slots[..<next])
    }
}
