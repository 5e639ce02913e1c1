// The device of a user-defined network, made or taken over as it is.
import Contracts
import Logging
import ServiceKit

extension NetworkService {
    /// Takes the subnets of every network again, before the default bridge gets its own.
    func claimNetworks() throws {
        for row in networks where row.hasSubnets {
            var undo = UndoStack()
            do {
                claimed[row.id] = try claimAgain(row, &undo)
            } catch {
                undo.unwind { logger.error("can't undo a step", metadata: ["step": "\($0)", "error": "\($1)"]) }
                logger.error(
                    "a network can't be used: its subnets are taken",
                    metadata: [
                        "network": "\(row.name)", "error": "\(error)",
                    ])
            }
        }
    }

    private func claimAgain(_ row: NetworkRow, _ undo: inout UndoStack) throws -> [ActiveNetwork.Subnet] {
        let configuration = row.configuration ?? NetworkConfiguration()
        return try configuration.pools.map { pool in
            let subnet = IPPrefix(pool.subnet)
            let wish = SubnetWish(
                subnet: subnet, family: subnet?.family ?? .v4, range: IPPrefix(pool.ipRange), gateway: IPAddress(pool.gateway),
                auxiliaryAddresses: pool.auxiliaryAddresses.compactMapValues { IPAddress($0) })
            var claimed = try claim(wish, hasGateway: !pool.gateway.isEmpty, &undo)
            claimed.isChosen = configuration.chosenSubnets.contains(pool.subnet)
            return claimed
        }
    }

    /// Brings up the devices of all networks whose subnets are taken.
    func raiseNetworks() {
        for row in networks {
            guard let subnets = claimed.removeValue(forKey: row.id) else { continue }
            do {
                active[row.id] = try raise(row, subnets)
            } catch {
                logger.error("a network can't be used", metadata: ["network": "\(row.name)", "error": "\(error)"])
            }
        }
    }

    /// Makes the bridge, or takes it over, and gives it what it lacks. A new one has that MAC address, or any.
    func raise(_ row: NetworkRow, _ subnets: [ActiveNetwork.Subnet], mac: MACAddress? = nil) throws -> ActiveNetwork {
        if let options = row.parentOptions { return try raiseParent(row, options, subnets) }
        let options = NetworkOptions(checked: row.configuration?.options ?? [:], isInternal: row.configuration?.isInternal ?? false)
        let (name, mtu) = (row.bridgeName, options.mtu ?? settings.mtu)
        let netlink = try kernel().netlink
        let isNew = try netlink.link(named: name) == nil
        if isNew { try netlink.addBridge(name: name, mac: mac ?? .random()) }
        guard let link = try netlink.link(named: name) else { throw NetlinkError.missing("look up link \(name)") }
        try configure(name, usesIPv6: subnets.contains { $0.family == .v6 })
        try settle(subnets.filter { !(options.inhibitsIPv4 && $0.family == .v4) }, on: link, isNew: isNew, netlink)
        try netlink.activateLink(index: link.index, mtu: mtu)
        return ActiveNetwork(
            row: row, options: options, bridge: name, subnets: subnets, attachment: BridgeAttachment(index: link.index, mtu: mtu),
            mac: link.mac, isOwn: isNew || link.isMarked, isYoung: isNew)
    }

    /// Removes what was being made or removed when the service ended.
    func clearUnfinishedNetworks(_ rows: [NetworkRow]) throws {
        for row in rows where row.stage != .ready {
            logger.info("removing an unfinished network", metadata: ["network": "\(row.name)", "id": "\(row.id)"])
            if let device = row.ownDevice { try kernel().netlink.deleteLink(named: device) }
            try store.deleteEndpoints(ofNetwork: row.id)
            try store.deleteNetwork(row.id)
        }
    }
}
