// The Engine API: every route there is.
import GatewayBackends
import Models

/// The routes of all nouns over one set of backends.
public struct EngineAPI: Sendable {
    let routes: [Route]
    /// Sent as `Docker-Experimental`; enables checkpoint commands.
    var isExperimental = false
    /// What calls of other services may not do for this API's clients; empty for no limit.
    var scope = ""
    /// Requests for an older version are refused.
    var oldestVersion = APIVersion.oldest

    /// The metrics alone, for an address of their own.
    public static func metrics(_ backends: EngineBackends) -> EngineAPI {
        EngineAPI(routes: MetricsRoute.routes(backends.system))
    }

    init(routes: [Route]) { self.routes = routes }

    public init(_ backends: EngineBackends) {
        isExperimental = backends.checkpoints != nil
        oldestVersion = backends.oldestVersion
        let checkpoints = CheckpointRoutes(backend: backends.checkpoints)
        routes =
            SystemRoutes(backend: backends.system, events: backends.events).routes
            + checkpoints.routes
            + ContainerRoutes(backend: backends.containers, checkpoints: checkpoints).routes
            + FileRoutes(backend: backends.files).routes
            + TraceRoute.routes(backends.containers)
            + ImageDataRoutes(backend: backends.imageData, images: backends.images).routes
            + DiskUsageRoute(backend: backends.imageData).routes
            + ExecRoutes(backend: backends.execs).routes
            + ImageRoutes(backend: backends.images).routes
            + RegistryRoutes(backend: backends.images).routes
            + NetworkRoutes(backend: backends.networks).routes
            + VolumeRoutes(backend: backends.volumes).routes
            + SwarmRoutes.routes
            + PluginRoutes.routes
            + BuildCacheRoute(backend: backends.imageData).routes
            + UnsupportedRoutes.routes
    }
}
