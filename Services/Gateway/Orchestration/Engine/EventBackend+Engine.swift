// The event route's backend: a reader of the journal.
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine: EventBackend {
    func events(_ query: EventQuery, context: RPCContext) async throws -> AsyncThrowingStream<EventMessage, any Error> {
        let filter = try EventFilter(query.filters.fields)
        let journal = store.journal
        guard query.cursor ?? 0 < journal.end else {
            throw RPCError(.invalidParameter, "invalid cursor: the last event is number \(journal.end - 1)")
        }
        let cursor = EventCursor(
            journal, filter: filter, from: Self.start(query), until: query.until, isGapFree: query.isNumbered)
        // Made as the client asks for it, so that a slow client grows no memory.
        return AsyncThrowingStream(unfolding: { try await cursor.next().map { Self.message($0, isNumbered: query.isNumbered) } })
    }

    private static func start(_ query: EventQuery) -> EventCursor.Start {
        if let cursor = query.cursor { return .after(cursor) }
        if let since = query.since { return .since(since) }
        // A reader with an end but no beginning starts with what is still known, as one with a beginning does.
        return query.until == nil ? .now : .since(0)
    }

    private static func message(_ event: EventRecord, isNumbered: Bool) -> EventMessage {
        var message = EventMessage(
            type: event.kind.rawValue, action: event.action, actor: .init(id: event.actorID, attributes: event.attributes),
            timeNano: event.time)
        if isNumbered { message.cursor = event.sequence }
        return message
    }
}
