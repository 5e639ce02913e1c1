// Makes the engine's bridges again that somebody deletes, and plugs their containers in.
import Contracts
import Logging

extension NetworkService {
    /// Before a bridge that couldn't be made again is tried once more.
    private static let restorePause = Duration.seconds(5)

    /// - Parameter lost: indices of interfaces that went down or away; nil when any may have.
    func restoreBridges(lost: Set<Int32>? = nil) async {
        for id in active.keys {
            guard let network = active[id], network.isBridge, isAffected(network, lost) else { continue }
            do {
                guard try isGone(network) else { continue }
                let restored = try restore(network)
                logger.warning("a network's bridge was deleted, and is made again", metadata: ["network": "\(network.name)"])
                if restored.isDefault { await pool.open(restored.attachment) }
            } catch {
                logger.error(
                    "a network's bridge is gone, and can't be made again yet",
                    metadata: ["network": "\(network.name)", "bridge": "\(network.bridge)", "error": "\(error)"])
                restoreLater()
            }
        }
    }

    /// When the host makes its own bridge again, what is told at first is that the new one is down.
    private func isAffected(_ network: ActiveNetwork, _ lost: Set<Int32>?) -> Bool {
        guard let lost else { return true }
        return lost.contains(network.attachment.index) || !network.isOwn && !lost.isEmpty
    }

    /// Deleted, or deleted and made by somebody else meanwhile. A bridge of the host's is for the host to make.
    private func isGone(_ network: ActiveNetwork) throws -> Bool {
        guard let link = try kernel().netlink.link(named: network.bridge) else { return network.isOwn }
        return link.kind == "bridge" && link.index != network.attachment.index
    }

    /// With the address that containers know it by.
    private func restore(_ network: ActiveNetwork) throws -> ActiveNetwork {
        var restored = network
        restored.attachment =
            try network.isDefault ? raiseDefaultAgain(network) : raise(network.row, network.subnets, mac: network.mac).attachment
        active[network.id] = restored
        let endpoints = sandboxes.values.flatMap(\.endpoints).filter { $0.networkID == network.id }
        plugAgain(endpoints.filter { !$0.hostInterface.isEmpty })
        return restored
    }

    /// What has no cable any more stays without: a container may have deleted its end, and with it the other.
    func plugAgain(_ endpoints: [EndpointRow]) {
        for endpoint in endpoints {
            guard let network = active[endpoint.networkID] else { continue }
            do {
                try plug(endpoint.hostInterface, into: network)
            } catch {
                logger.warning(
                    "a container can't be plugged into its network's bridge again",
                    metadata: ["container": "\(endpoint.containerID)", "network": "\(network.name)", "error": "\(error)"])
            }
        }
    }

    private func restoreLater() {
        guard !restoresLater else { return }
        restoresLater = true
        Task { [weak self] in
            try? await Task.sleep(for: Self.restorePause)
            await self?.restoreAgain()
        }
    }

    private func restoreAgain() async {
        restoresLater = false
        // Nil once the service gives everything up.
        if routes != nil { await restoreBridges() }
    }
}
