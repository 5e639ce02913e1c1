// Which containers, networks and volumes exist for the clients of a scoped socket.
import GatewayBackends
import Models
import RPC
import ServiceKit

/// Finds by reference, and takes what isn't the socket's own for not there.
struct AccessGuard: Sendable {
    let policy: AccessPolicy
    let backends: EngineBackends
    let creates = CreateTurns()

    /// The whole container. Errors: notFound.
    func container(_ reference: String, _ context: RPCContext) async throws -> ContainerInspect {
        let found = try await backends.containers.inspect(reference, size: false, context: context)
        guard policy.admits(found.config.labels) else { throw RPCError(.notFound, "No such container: \(reference)") }
        return found
    }

    /// Its ID: what is asked with it can't mean another one.
    func id(_ reference: String, _ context: RPCContext) async throws -> String {
        try await container(reference, context).id
    }

    /// The ID of a container that the socket's clients may be in. Errors: notFound; forbidden.
    func entered(_ reference: String, _ context: RPCContext) async throws -> String {
        let found = try await readable(reference, context)
        try EntryRules(policy: policy).checkEntry(found)
        return found.id
    }

    /// The ID of a container whose files they may read. Errors: notFound; forbidden.
    func read(_ reference: String, _ context: RPCContext) async throws -> String { try await readable(reference, context).id }

    private func readable(_ reference: String, _ context: RPCContext) async throws -> ContainerInspect {
        let found = try await container(reference, context)
        try EntryRules(policy: policy).checkReading(found)
        guard !policy.socket.allowsHostMounts else { return found }
        for mount in found.mounts where mount.type == "volume" {
            try CreateRules(policy: policy).checkVolume(try await options(ofVolume: mount.name, context))
        }
        return found
    }

    /// None for one that is no longer there.
    private func options(ofVolume name: String, _ context: RPCContext) async throws -> [String: String]? {
        do {
            return try await backends.volumes.inspectVolume(name, context: context).options
        } catch let error as RPCError where error.code == .notFound {
            return nil
        }
    }

    /// An exec of one of the socket's containers. Errors: notFound.
    func exec(_ id: String, _ context: RPCContext) async throws {
        do {
            _ = try await container(try await backends.execs.inspectExec(id, context: context).containerID, context)
        } catch let error as RPCError where error.code == .notFound {
            throw RPCError(.notFound, "No such exec instance: \(id)")
        }
    }

    /// A network of the socket's, or one that every container may be on. Errors: notFound.
    func network(_ reference: String, _ context: RPCContext) async throws -> NetworkInspect {
        let found = try await backends.networks.inspectNetwork(reference, context: context)
        guard isVisible(found) else { throw RPCError(.notFound, "network \(reference) not found") }
        return found
    }

    func isVisible(_ network: NetworkInspect) -> Bool {
        if ["bridge", "none"].contains(network.name) { return true }
        if network.name == "host" { return policy.socket.allowsPrivileged }
        return policy.admits(network.labels)
    }

    /// A volume of the socket's. Errors: notFound; forbidden for one that shows files of the host.
    func volume(_ name: String, _ context: RPCContext) async throws -> VolumeInfo {
        let found = try await backends.volumes.inspectVolume(name, context: context)
        guard policy.admits(found.labels) else { throw RPCError(.notFound, "get \(name): no such volume") }
        return found
    }
}
