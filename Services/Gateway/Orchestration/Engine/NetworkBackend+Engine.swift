// The network routes' backend, over the network service.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

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
        answer.containers = containers(in: network.id)
        return answer
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
        let pools = network.pools.map { NetworkIPAM.Pool(subnet: $0.subnet, gateway: $0.gateway) }
        var answer = NetworkInspect(
            name: network.name, id: network.id, created: EngineTime(nanoseconds: network.createdAt), driver: network.driver,
            enableIPv6: network.pools.contains { $0.subnet.contains(":") },
            ipam: NetworkIPAM(config: network.driver == "bridge" ? pools : nil))
        answer.options = network.options
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

    private func cidr(_ address: String, _ length: Int32) -> String {
        address.isEmpty ? "" : "\(address)/\(length)"
    }
}

/// The filters of the network list. Pure.
struct NetworkFilter {
    private let filters: Filters
    private let inUse: Set<String>
    private let dangling: Bool?
    private static let predefined: Set<String> = ["bridge", "host", "none"]

    /// Errors: `invalidParameter` for a value that makes no sense.
    init(_ filters: Filters, inUse: Set<String>) throws(RPCError) {
        self.filters = filters
        self.inUse = inUse
        switch filters.values("dangling").first {
        case nil: dangling = nil
        case "true", "1": dangling = true
        case "false", "0": dangling = false
        case .some(let text): throw RPCError(.invalidParameter, "invalid filter 'dangling=[\(text)]'")
        }
        for text in filters.values("type") where text != "custom" && text != "builtin" {
            throw RPCError(.invalidParameter, "invalid filter: 'type'='\(text)'")
        }
    }

    func matches(_ network: NetworkRecord) -> Bool {
        let isPredefined = Self.predefined.contains(network.name)
        if let dangling, dangling != (!isPredefined && !inUse.contains(network.id)) { return false }
        return filters.allows("driver", network.driver) && filters.allows("scope", "local")
            && filters.allows("type", isPredefined ? "builtin" : "custom") && filters.allows("id", prefixOf: network.id)
            && filters.allows(labels: [:])
            && (!filters.contains("name") || filters.values("name").contains { network.name.contains($0) })
    }
}
