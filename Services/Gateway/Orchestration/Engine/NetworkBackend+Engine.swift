// The network routes' backend, over the network service.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import ServiceKit

/// The engine's networks: the network service's records, as clients see them.
struct NetworkFacade: NetworkBackend {
    let engine: ContainerEngine

    func listNetworks(filters: Filters, context: RPCContext) async throws -> [NetworkInspect] {
        let inUse = Set(engine.store.all.flatMap { $0.state.sandbox?.endpoints.map(\.networkID) ?? [] })
        let filter = try NetworkFilter(filters, inUse: inUse)
        return try await engine.network.list(context).filter(filter.matches).map { describe($0) }
    }

    func inspectNetwork(_ name: String, context: RPCContext) async throws -> NetworkInspect {
        let network = try Self.find(name, try await engine.network.list(context))
        var answer = describe(network)
        let containers = containers(in: network.id)
        answer.containers = containers
        answer.status = status(of: network, containers)
        return answer
    }

    func createNetwork(_ request: NetworkCreateRequest, context: RPCContext) async throws -> NetworkCreateResponse {
        let wanted = try NetworkRequestBuilder.request(request, defaults: engine.configuration.networkOptions)
        let made = try await engine.network.create(wanted, context)
        engine.tellNetwork("create", made.network)
        return NetworkCreateResponse(id: made.network.id, warning: made.warnings.joined(separator: "\n"))
    }

    func removeNetwork(_ name: String, context: RPCContext) async throws {
        let network = try Self.find(name, try await engine.network.list(context))
        try await engine.network.remove(network: network.id, context)
        engine.tellNetwork("destroy", network)
    }

    func connectNetwork(_ name: String, _ request: NetworkConnectRequest, context: RPCContext) async throws -> [String] {
        let network = try Self.find(name, try await engine.network.list(context))
        var settings = request.endpointConfig ?? EndpointSettings()
        settings.forgetNetworkID(ifOf: network)
        let sequence = ConnectSequence(
            engine: engine, live: try engine.find(request.container).live, network: network, settings: settings, context: context)
        return try await uncancelled { try await sequence.run() }
    }

    /// A network that is gone can be left all the same.
    func disconnectNetwork(_ name: String, _ request: NetworkDisconnectRequest, context: RPCContext) async throws {
        let networks = try await engine.network.list(context)
        let network: NetworkRecord
        do throws(RPCError) {
            network = try Self.find(name, networks)
        } catch {
            guard error.code == .notFound else { throw error }
            let sequence = LeaveGoneNetworkSequence(
                engine: engine, live: try engine.find(request.container).live, name: name, isForced: request.force, refusal: error)
            return try await uncancelled { try await sequence.run() }
        }
        let sequence = DisconnectSequence(
            engine: engine, live: try engine.find(request.container).live, network: network, context: context)
        try await uncancelled { try await sequence.run() }
    }

    /// A network that can't be removed is in use, and stays.
    func pruneNetworks(filters: Filters, context: RPCContext) async throws -> NetworkPruneResponse {
        let filter = try NetworkPruneFilter(filters, now: WallClock.now())
        var removed: [String] = []
        for network in try await engine.network.list(context) where filter.matches(network) {
            do {
                try await engine.network.remove(network: network.id, context)
            } catch let error as RPCError where [.forbidden, .notFound].contains(error.code) {
                continue
            }
            engine.tellNetwork("destroy", network)
            removed.append(network.name)
        }
        engine.store.journal.append(
            EventRecord(time: WallClock.now(), kind: .network, action: "prune", actorID: "", attributes: ["reclaimed": "0"]))
        return NetworkPruneResponse(networksDeleted: removed)
    }

    /// By whole ID, then by name, then by a unique prefix of the ID.
    static func find(_ name: String, _ networks: [NetworkRecord]) throws(RPCError) -> NetworkRecord {
        if let exact = networks.first(where: { $0.id == name }) ?? networks.first(where: { $0.name == name }) { return exact }
        let matches = name.isEmpty ? [] : networks.filter { $0.id.hasPrefix(name) }
        guard matches.count <= 1 else {
            throw RPCError(.invalidParameter, "network \(name) is ambiguous (\(matches.count) matches found on ID prefix)")
        }
        guard let match = matches.first else { throw RPCError(.notFound, "network \(name) not found") }
        return match
    }

    private func describe(_ network: NetworkRecord) -> NetworkInspect {
        let pools = network.pools.map {
            NetworkIPAM.Pool(subnet: $0.subnet, gateway: $0.gateway, ipRange: $0.ipRange, auxiliaryAddresses: $0.auxiliaryAddresses)
        }
        let hasAddresses = network.isConfigurationOnly || !["host", "null"].contains(network.driver)
        var answer = NetworkInspect(
            name: network.name, id: network.id, created: EngineTime(nanoseconds: network.createdAt), driver: network.driver,
            enableIPv4: network.enablesIPv4, enableIPv6: network.enablesIPv6,
            ipam: NetworkIPAM(options: network.ipamOptions.isEmpty ? nil : network.ipamOptions, config: hasAddresses ? pools : nil))
        answer.internal = network.isInternal
        answer.attachable = network.isAttachable
        answer.configOnly = network.isConfigurationOnly
        answer.configFrom = ConfigReference(network: network.configurationSource)
        answer.options = network.options
        answer.labels = network.labels
        return answer
    }

    private func containers(in networkID: String) -> [String: NetworkEndpoint] {
        var containers: [String: NetworkEndpoint] = [:]
        for record in engine.store.all where record.state.isActive {
            guard let endpoint = record.state.sandbox?.endpoints.first(where: { $0.networkID == networkID }) else { continue }
            containers[record.id] = NetworkEndpoint(
                name: record.name, endpointID: endpoint.endpointID, macAddress: endpoint.macAddress,
                ipv4Address: cidr(endpoint.ipv4Address, endpoint.ipv4PrefixLength),
                ipv6Address: cidr(endpoint.ipv6Address, endpoint.ipv6PrefixLength))
        }
        return containers
    }

    /// nil for a network without addresses.
    private func status(of network: NetworkRecord, _ containers: [String: NetworkEndpoint]) -> NetworkStatus? {
        guard !["host", "null"].contains(network.driver) else { return nil }
        let used = containers.values.flatMap { [$0.ipv4Address, $0.ipv6Address] }.map { String($0.prefix { $0 != "/" }) }
        let inUse = network.pools.filter { $0.subnet.contains(":") ? network.enablesIPv6 : network.enablesIPv4 }
        let subnets = inUse.compactMap { pool in
            SubnetUsage(
                subnet: pool.subnet, range: pool.ipRange, addresses: used + [pool.gateway] + pool.auxiliaryAddresses.values
            ).map { (pool.subnet, $0.status) }
        }
        return NetworkStatus(subnets: Dictionary(subnets) { first, _ in first })
    }

    private func cidr(_ address: String, _ length: Int32) -> String {
        address.isEmpty ? "" : "\(address)/\(length)"
    }
}
