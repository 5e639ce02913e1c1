// What the event route needs of the engine.
import Models
import RPC

/// The engine's events.
public protocol EventBackend: Sendable {
    /// First what happened since, then what happens; ends when `until` has passed. A reader that is too slow ends with
    /// `resourceExhausted`. Cancelling the reader's task ends the subscription.
    func events(_ query: EventQuery, context: RPCContext) async throws -> AsyncThrowingStream<EventMessage, any Error>
}

/// Which events are asked for.
public struct EventQuery: Sendable, Equatable {
    /// The keys that the event stream accepts.
    public static let filterKeys: Set<String> = [
        "config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type",
        "volume",
    ]

    /// Nanoseconds since 1970; nil for live events only.
    public var since: Int64?
    /// Nanoseconds since 1970; nil for no end.
    public var until: Int64?
    public var filters: Filters
    /// Each event has its number, is told only once it is durable, and what was forgotten meanwhile is told of: Berth's own.
    public var isNumbered = false
    /// The number of the last event that the client has had; it wins over `since`.
    public var cursor: Int64?

    public init(since: Int64? = nil, until: Int64? = nil, filters: Filters = Filters()) {
        self.since = since
        self.until = until
        self.filters = filters
    }
}
