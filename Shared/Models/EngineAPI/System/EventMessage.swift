// Something that happened, as the event stream tells it.

/// One event.
public struct EventMessage: Codable, Sendable, Equatable {
    public struct Actor: Codable, Sendable, Equatable {
        public var id: String
        public var attributes: [String: String]

        public init(id: String, attributes: [String: String]) {
            self.id = id
            self.attributes = attributes
        }

        enum CodingKeys: String, CodingKey { case id = "ID", attributes = "Attributes" }
    }

    /// Before 1.52: the action, for containers and images.
    public var status: String?
    /// Before 1.52: the actor's ID.
    public var id: String?
    /// Before 1.52: the container's image.
    public var from: String?
    /// `container`, `image`, `network`, `volume`, `daemon`…
    public var type: String
    /// `create`, `exec_create: sh -c true`, `health_status: healthy`…
    public var action: String
    public var actor: Actor
    /// `local`.
    public var scope: String
    /// Seconds since 1970.
    public var time: Int64
    /// Nanoseconds since 1970.
    public var timeNano: Int64
    /// Not Docker's: its number in the journal, for those who ask for it.
    public var cursor: Int64?

    /// - Parameter timeNano: Nanoseconds since 1970; the seconds are derived.
    public init(type: String, action: String, actor: Actor, timeNano: Int64, scope: String = "local") {
        self.type = type
        self.action = action
        self.actor = actor
        self.scope = scope
        self.timeNano = timeNano
        time = timeNano / 1_000_000_000
    }

    enum CodingKeys: String, CodingKey {
        case status, id, from, scope, time, timeNano, cursor
        case type = "Type", action = "Action", actor = "Actor"
    }
}
