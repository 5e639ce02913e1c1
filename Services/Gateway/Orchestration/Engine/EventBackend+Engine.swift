// The event route's backend: a reader of the journal.
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine: EventBackend {
    func events(_ query: EventQuery, context: RPCContext) async throws -> AsyncThrowingStream<EventMessage, any Error> {
        let filter = try EventFilter(query.filters.fields)
        // A reader with an end but no beginning starts with what is still known, as one with a beginning does.
        let since = query.since ?? (query.until == nil ? nil : 0)
        let cursor = EventCursor(store.journal, filter: filter, since: since, until: query.until)
        // Made as the client asks for it, so that a slow client grows no memory.
        return AsyncThrowingStream(unfolding: { try await cursor.next().map(Self.message) })
    }

    private static func message(_ event: EventRecord) -> EventMessage {
        EventMessage(
            type: event.kind.rawValue, action: event.action, actor: .init(id: event.actorID, attributes: event.attributes),
            timeNano: event.time)
    }
}
