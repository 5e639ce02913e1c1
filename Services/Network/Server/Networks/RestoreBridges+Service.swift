// Makes the engine's bridges again that somebody deletes, and plugs their containers in.
import Contracts
import Logging

extension NetworkService {
    /// - Parameter lost: indices of interfaces that went down or away; nil when any may have.
    func restoreBridges(lost: Set<Int32>? = nil) async {
        for network in active.values where network.isBridge && lost?.contains(network.attachment.index) != false {
            do {
                guard try isGone(network) else { continue }
                let restored = try restore(network)
                logger.warning("a network's bridge was deleted, and is made again", metadata: ["network": "\(network.name)"])
                if restored.isDefault { await pool.open(restored.attachment) }
            } catch {
                logger.error(
                    "a network's bridge is gone; the network service makes it when it starts again",
                    metadata: ["network": "\(network.name)", "bridge": "\(network.bridge)", "error": "\(error)"])
            }
        }
    }

    /// One of the host's that the engine only uses is for the host to make again.
    private func isGone(_ network: ActiveNetwork) throws -> Bool {
        if network.isDefault, try store.setting(.lentAddress) != nil { return false }
        return try kernel().netlink.link(named: network.bridge)?.index != network.attachment.index
    }

    /// With the address that containers know it by.
    private func restore(_ network: ActiveNetwork) throws -> ActiveNetwork {
        var restored = network
        restored.attachment =
            try network.isDefault ? raiseDefaultAgain(network) : raise(network.row, network.subnets, mac: network.mac).attachment
        active[network.id] = restored
        for endpoint in sandboxes.values.flatMap(\.endpoints) where endpoint.networkID == network.id && !endpoint.hostInterface.isEmpty {
            try plug(endpoint.hostInterface, into: restored)
        }
        return restored
    }
}
