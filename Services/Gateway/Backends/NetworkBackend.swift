// What the network routes need of the engine.
import Models
import RPC

/// The engine's networks. Errors: notFound (`network x not found`).
public protocol NetworkBackend: Sendable {
    /// Lists networks, without the containers in them.
    func listNetworks(filters: Filters, context: RPCContext) async throws -> [NetworkInspect]
    /// Finds a network by name, ID or unique prefix of one, and tells the containers in it.
    func inspectNetwork(_ name: String, context: RPCContext) async throws -> NetworkInspect
    /// Errors: conflict for a name in use; forbidden for predefined names and overlapping subnets; `invalidParameter`.
    func createNetwork(_ request: NetworkCreateRequest, context: RPCContext) async throws -> NetworkCreateResponse
    /// Errors: forbidden for a predefined network, and one with containers in it.
    func removeNetwork(_ name: String, context: RPCContext) async throws
    /// Puts a container on a network; one that doesn't run is on it from its next start. Returns what the client should know.
    func connectNetwork(_ name: String, _ request: NetworkConnectRequest, context: RPCContext) async throws -> [String]
    /// Takes a container off a network.
    func disconnectNetwork(_ name: String, _ request: NetworkDisconnectRequest, context: RPCContext) async throws
    /// Removes networks without containers in them.
    func pruneNetworks(filters: Filters, context: RPCContext) async throws -> NetworkPruneResponse
}

/// The filter keys that the list of networks accepts.
public let networkFilterKeys: Set<String> = ["dangling", "driver", "id", "label", "name", "scope", "type"]
/// The filter keys that the pruning of networks accepts.
public let networkPruneFilterKeys: Set<String> = ["label", "label!", "until"]
