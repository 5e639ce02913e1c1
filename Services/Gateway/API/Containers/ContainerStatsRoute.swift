// Stats: one JSON document, or one a second.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ContainerStatsRoute: Sendable {
    let backend: any ContainerBackend

    @Sendable func stats(_ request: EngineRequest) async throws -> Response {
        let isLive = request.query.flag("stream", default: true)
        let isOneShot = request.version >= APIVersionGate.createPlatform && request.query.flag("one-shot")
        let samples = try await backend.stats(
            request.parameter("name"), isLive: isLive, isOneShot: isOneShot, context: request.context)
        return .stream(MediaType.json) { writer in
            try await request.connection.whileClientStays {
                for try await sample in samples { try await writer.write(JSONBody.encode(sample)) }
            }
        }
    }
}
