// What the network routes need of the engine.
import Models
import RPC

/// The engine's networks. Errors: notFound (`network x not found`).
public protocol NetworkBackend: Sendable {
    /// Without the containers in them.
    func listNetworks(filters: Filters, context: RPCContext) async throws -> [NetworkInspect]
    /// By name, ID or unique prefix of one, with the containers in it.
    func inspectNetwork(_ name: String, context: RPCContext) async throws -> NetworkInspect
}

/// The filter keys that the list of networks accepts.
public let networkFilterKeys: Set<String> = ["dangling", "driver", "id", "label", "name", "scope", "type"]
