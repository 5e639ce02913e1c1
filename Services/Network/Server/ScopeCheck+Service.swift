// Whose containers and networks calls with a scope may touch.
import Contracts
import RPC

extension NetworkService {
    /// What isn't there is nobody's: what is asked of it says so itself. Errors: forbidden.
    func check(_ scope: CallScope, container id: String) throws(RPCError) {
        guard !scope.labels.isEmpty, let sandbox = sandboxes[id] else { return }
        try scope.check(labels: sandbox.row.labels, of: "container \(id)")
    }

    /// By name or ID. Those that are always there are everybody's. Errors: forbidden.
    func check(_ scope: CallScope, network reference: String) throws(RPCError) {
        guard !scope.labels.isEmpty, !reference.isEmpty else { return }
        let exact = networks.filter { $0.name == reference || $0.id == reference }
        for network in exact.isEmpty ? networks.filter({ $0.id.hasPrefix(reference) }) : exact {
            guard let configuration = network.configuration else { continue }
            try scope.check(labels: configuration.labels, of: "network \(network.name)")
        }
    }

    private static let privateUse = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].compactMap { IPPrefix($0) }

    /// A bridge takes over what the host sends to its subnet: who may not concern the host chooses none that others have, or may have.
    /// Errors: forbidden.
    func check(_ scope: CallScope, subnetsOf request: CreateNetwork.Request) async throws {
        let subnets = request.pools.compactMap { InterfaceAddress($0.subnet)?.prefix }
        guard scope.forbidsPrivileges, !subnets.isEmpty else { return }
        let occupied = try occupiedPrefixes(try await hostRoutes(), except: Set(active.values.map(\.attachment.index)))
        for subnet in subnets {
            let isPrivate = Self.privateUse.contains { $0.contains(subnet) }
            guard isPrivate, !occupied.contains(where: subnet.overlaps) else {
                throw CallScope.refusal("a network on \(subnet), which isn't private or has a route,")
            }
        }
    }
}
