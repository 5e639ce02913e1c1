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
