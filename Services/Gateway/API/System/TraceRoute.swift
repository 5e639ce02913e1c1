// Where the time of a container's last operations went: an extension of the Engine API, for berthctl.
import GatewayBackends
import HummingbirdCore
import Models

enum TraceRoute {
    static func routes(_ backend: any ContainerBackend) -> [Route] {
        [
            .get("/berth/containers/{name}/trace") { request in
                .json(try await backend.trace(request.parameter("name"), context: request.context))
            }
        ]
    }
}
