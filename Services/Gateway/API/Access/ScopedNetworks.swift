// Networks and volumes at a scoped socket.
import GatewayBackends
import Models
import RPC
import ServiceKit

struct ScopedNetworks: NetworkBackend {
    let access: AccessGuard

    private var inner: any NetworkBackend { access.backends.networks }
    private var policy: AccessPolicy { access.policy }

    func listNetworks(filters: Filters, context: RPCContext) async throws -> [NetworkInspect] {
        try await inner.listNetworks(filters: filters, context: context).filter(access.isVisible)
    }

    /// Tells, of the containers in it, the socket's own only.
    func inspectNetwork(_ name: String, context: RPCContext) async throws -> NetworkInspect {
        var network = try await access.network(name, context)
        let query = ContainerListQuery(all: true, filters: policy.narrowed(Filters()))
        let own = Set(try await access.backends.containers.list(query, context: context).map(\.id))
        network.containers = network.containers?.filter { own.contains($0.key) }
        return network
    }

    /// Creates a network: without privileges, only on bridges that the engine makes.
    func createNetwork(_ request: NetworkCreateRequest, context: RPCContext) async throws -> NetworkCreateResponse {
        var request = request
        request.labels = try policy.labelled(request.labels)
        if !policy.socket.allowsPrivileged {
            guard ["", "bridge", "default"].contains(request.driver) else { try policy.refuse("network driver \(request.driver)") }
            let taken = request.options.keys.sorted().first { $0.hasPrefix("com.docker.network.bridge.") || $0 == "parent" }
            if let taken { try policy.refuse("network option \(taken)") }
        }
        if let source = request.configFrom?.network, !source.isEmpty { _ = try await access.network(source, context) }
        return try await inner.createNetwork(request, context: context)
    }

    func removeNetwork(_ name: String, context: RPCContext) async throws {
        try await inner.removeNetwork(try await access.network(name, context).id, context: context)
    }

    func connectNetwork(_ name: String, _ request: NetworkConnectRequest, context: RPCContext) async throws -> [String] {
        let network = try await access.network(name, context)
        return try await inner.connectNetwork(network.id, try await owned(request, context), context: context)
    }

    private func owned(_ request: NetworkConnectRequest, _ context: RPCContext) async throws -> NetworkConnectRequest {
        var request = request
        request.container = try await access.id(request.container, context)
        for link in request.endpointConfig?.links ?? [] { _ = try await access.id(String(link.prefix { $0 != ":" }), context) }
        return request
    }

    func disconnectNetwork(_ name: String, _ request: NetworkDisconnectRequest, context: RPCContext) async throws {
        let network = try await access.network(name, context)
        var request = request
        request.container = try await access.id(request.container, context)
        try await inner.disconnectNetwork(network.id, request, context: context)
    }

    func pruneNetworks(filters: Filters, context: RPCContext) async throws -> NetworkPruneResponse {
        try await inner.pruneNetworks(filters: policy.narrowed(filters), context: context)
    }
}

struct ScopedVolumes: VolumeBackend {
    let access: AccessGuard

    private var inner: any VolumeBackend { access.backends.volumes }
    private var policy: AccessPolicy { access.policy }

    func listVolumes(filters: Filters, context: RPCContext) async throws -> [VolumeInfo] {
        try await inner.listVolumes(filters: filters, context: context).filter { policy.admits($0.labels) }
    }

    func inspectVolume(_ name: String, context: RPCContext) async throws -> VolumeInfo {
        try await access.volume(name, context)
    }

    func createVolume(_ request: VolumeCreateRequest, context: RPCContext) async throws -> VolumeInfo {
        var request = request
        request.labels = try policy.labelled(request.labels)
        try CreateRules(policy: policy).checkVolume(request.driverOpts)
        let volume = try await inner.createVolume(request, context: context)
        // It was there, and isn't the socket's.
        guard policy.admits(volume.labels) else { try policy.refuse("volume \(request.name)") }
        return volume
    }

    func removeVolume(_ name: String, force: Bool, context: RPCContext) async throws {
        do {
            _ = try await access.volume(name, context)
        } catch let error as RPCError where error.code == .notFound && force {
            return
        }
        try await inner.removeVolume(name, force: force, context: context)
    }

    func pruneVolumes(filters: Filters, context: RPCContext) async throws -> VolumesPruneReport {
        try await inner.pruneVolumes(filters: policy.narrowed(filters), context: context)
    }
}
