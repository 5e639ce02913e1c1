// Ping, version and info.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models

struct SystemRoutes: Sendable {
    let backend: any SystemBackend
    let events: any EventBackend

    var routes: [Route] {
        [
            .get("/_ping", ping),
            .head("/_ping", ping),
            .get("/version", version),
            .get("/info", info),
            .get("/events", EventRoute(backend: events).stream),
        ]
    }

    /// Asks nobody, so that it answers whatever state the engine is in.
    @Sendable private func ping(_ request: EngineRequest) async throws -> Response {
        var response = Response.text("OK")
        response.headers[.cacheControl] = "no-cache, no-store, must-revalidate"
        response.headers[.pragma] = "no-cache"
        response.headers[.builderVersion] = "1"
        response.headers[.swarm] = "inactive"
        return response
    }

    @Sendable private func version(_ request: EngineRequest) async throws -> Response {
        .json(try await backend.version(context: request.context))
    }

    @Sendable private func info(_ request: EngineRequest) async throws -> Response {
        .json(try await backend.info(context: request.context).seen(by: request.version))
    }
}

extension SystemInfo {
    /// Info as clients of a version know it.
    func seen(by version: APIVersion) -> SystemInfo {
        var info = self
        if version >= APIVersionGate.noBridgeFilterInfo {
            info.bridgeNfIptables = nil
            info.bridgeNfIp6tables = nil
        }
        if version < APIVersionGate.deviceInfo { info.discoveredDevices = [] }
        if version < APIVersionGate.firewallInfo {
            info.firewallBackend = nil
            info.containerdCommit.expected = info.containerdCommit.id
            info.runcCommit.expected = info.runcCommit.id
            info.initCommit.expected = info.initCommit.id
            info.registryConfig.allowNondistributableArtifactsCIDRs = []
            info.registryConfig.allowNondistributableArtifactsHostnames = []
        }
        if version < APIVersionGate.multiplexedStreams {
            info.kernelMemory = false
            info.kernelMemoryTCP = false
        }
        return info
    }
}
