// The sequence that removes a user-defined network.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Removes a network that nobody uses. Errors as in the contract. What a failure or crash leaves is removed at the next start.
    public func removeNetwork(_ request: RemoveNetwork.Request) throws {
        guard var row = networks.first(where: { $0.id == request.id }) else {
            throw RPCError(.notFound, "network \(request.id) not found")
        }
        try checkRemovable(row)
        row.stage = .removing
        try durably { try store.save(row) }
        FaultPoint.reach("network.network.marked")
        if let network = active[row.id] {
            active[row.id] = nil
            overlaps.forget(network: row.id)
            try applyRules(changes.removals(of: network.filtered))
            if network.isBridge { try kernel().netlink.deleteLink(named: network.bridge) } else { try releaseParent(of: row) }
            FaultPoint.reach("network.network.unmade")
            for subnet in network.subnets { try ipam.releasePool(subnet.pool) }
        }
        try durably { try store.deleteNetwork(row.id) }
        networks.removeAll { $0.id == row.id }
        FaultPoint.reach("network.network.forgotten")
    }

    private func checkRemovable(_ row: NetworkRow) throws {
        guard row.configuration != nil else {
            throw RPCError(.forbidden, "\(row.name) is a pre-defined network and cannot be removed")
        }
        if row.configuration?.isConfigurationOnly == true, networks.contains(where: { $0.configuration?.configurationSource == row.name }) {
            throw RPCError(.forbidden, "error while removing network: configuration network \"\(row.name)\" is in use")
        }
        let users = sandboxes.values.flatMap { sandbox in
            sandbox.endpoints.filter { $0.networkID == row.id }.map { "name:\"\(sandbox.row.containerName)\" id:\"\($0.id.prefix(12))\"" }
        }
        let list = users.sorted().joined(separator: ", ")
        guard users.isEmpty else {
            throw RPCError(
                .forbidden,
                "error while removing network: network \(row.name) id \(row.id) has active endpoints (\(list))"
            )
        }
    }
}
