// The event stream: one JSON document a line.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RPC

struct EventRoute: Sendable {
    let backend: any EventBackend

    @Sendable func stream(_ request: EngineRequest) async throws -> Response {
        let query = try Self.query(request, now: WallClock.now())
        let events = try await backend.events(query, context: request.context)
        let contentType = Self.contentType(request)
        return .stream(contentType) { writer in
            try await request.connection.whileClientStays {
                for try await event in events {
                    guard let line = Self.line(event, version: request.version, contentType: contentType) else { continue }
                    try await writer.write(line)
                }
            }
        }
    }

    static func query(_ request: EngineRequest, now: Int64) throws -> EventQuery {
        let since = try request.query.time("since", now: now)
        let until = try request.query.time("until", now: now)
        if let since, let until, until < since {
            let (begin, end) = (request.query.text("since") ?? "", request.query.text("until") ?? "")
            throw RPCError(.invalidParameter, "`since` time (\(begin)) cannot be after `until` time (\(end))")
        }
        var query = EventQuery(since: since, until: until, filters: try request.query.filters(accepting: EventQuery.filterKeys))
        query.isNumbered = request.query.value("cursor") != nil
        query.cursor = try cursor(request.query.text("cursor"))
        return query
    }

    private static func cursor(_ text: String?) throws(RPCError) -> Int64? {
        guard let text else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw RPCError(.invalidParameter, "invalid cursor: \"\(text)\" is no number of an event")
        }
        return number
    }

    /// What the client accepts, JSON lines if it doesn't say; before 1.52 always plain JSON.
    private static func contentType(_ request: EngineRequest) -> String {
        guard request.version >= APIVersionGate.noLegacyNetworkSettings else { return MediaType.json }
        let accepted = request.http.headers[.accept] ?? ""
        return [MediaType.jsonLines, MediaType.ndjson, MediaType.jsonSequence].first(where: accepted.contains) ?? MediaType.jsonLines
    }

    private static func line(_ event: EventMessage, version: APIVersion, contentType: String) -> ByteBuffer? {
        guard let event = event.seen(by: version) else { return nil }
        let body = JSONBody.encode(event)
        guard contentType == MediaType.jsonSequence else { return body }
        var line = ByteBuffer(bytes: [0x1e])
        line.writeImmutableBuffer(body)
        return line
    }
}

extension EventMessage {
    /// The event as clients of a version know it; nil for one they don't know.
    func seen(by version: APIVersion) -> EventMessage? {
        if version < APIVersionGate.listAnnotations, type == "image", action == "create" { return nil }
        guard version < APIVersionGate.noLegacyNetworkSettings else { return self }
        var event = self
        if type == "container" || type == "image" {
            event.status = action
            event.id = actor.id
        }
        if type == "container" { event.from = actor.attributes["image"] }
        return event
    }
}
