// Something that happened in the engine, as the journal keeps it.

/// An event with its place in the journal.
public struct EventRecord: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        case builder, container, image, network, volume, daemon
    }

    /// Grows by one from event to event, over restarts too. 0 until the journal gave it its place.
    public var sequence: Int64
    /// Nanoseconds since 1970.
    public var time: Int64
    public var kind: Kind
    /// `create`, `die`, `exec_create: ls -l`…
    public var action: String
    /// What it happened to: an ID, or an image's reference.
    public var actorID: String
    public var attributes: [String: String]

    public init(sequence: Int64 = 0, time: Int64, kind: Kind, action: String, actorID: String, attributes: [String: String]) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.action = action
        self.actorID = actorID
        self.attributes = attributes
    }
}

extension EventRecord {
    private static let gap = "gap"

    /// What a reader is told instead of events that the journal no longer has, from `first` on.
    static func gap(from first: Int64, before next: EventRecord) -> EventRecord {
        EventRecord(
            sequence: next.sequence - 1, time: next.time, kind: .daemon, action: gap, actorID: "",
            attributes: ["first": "\(first)", "last": "\(next.sequence - 1)"])
    }

    var isGap: Bool { kind == .daemon && action == Self.gap }
}
