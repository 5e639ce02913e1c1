// Which subnet the default bridge gets.

/// The circumstances of the choice. Pure, so that each rule can be tested.
struct BridgeChoice: Sendable {
    /// From the configuration (`bip`).
    var configured: InterfaceAddress?
    /// What it had before.
    var former: InterfaceAddress?
    /// True when containers are on it: it can't change under them.
    var isInUse: Bool
    /// What it must not overlap.
    var occupied: [IPPrefix]

    enum Reason: Sendable, Equatable {
        case kept
        /// The configuration says otherwise, but containers are on the bridge.
        case keptForContainers
        case configured
        case chosen
    }

    /// The bridge's address, and why. Takes the pool and the address from `ipam`.
    func settle(_ ipam: inout IPAM) throws(IPAMError) -> (address: InterfaceAddress, pool: IPAM.PoolID, reason: Reason) {
        if let former, isInUse || configured == nil && !overlapsHost(former) || configured == former {
            let isContradicted = configured.map { $0 != former } ?? overlapsHost(former)
            return try take(former, isContradicted ? .keptForContainers : .kept, &ipam)
        }
        if let configured { return try take(configured, .configured, &ipam) }
        let pool = try ipam.requestPool(IPAM.PoolRequest(excluded: occupied))
        return (try ipam.requestAddress(pool), pool, .chosen)
    }

    private func overlapsHost(_ address: InterfaceAddress) -> Bool {
        occupied.contains { $0.overlaps(address.prefix) }
    }

    private func take(
        _ address: InterfaceAddress, _ reason: Reason, _ ipam: inout IPAM
    ) throws(IPAMError) -> (address: InterfaceAddress, pool: IPAM.PoolID, reason: Reason) {
        let pool = try ipam.requestPool(IPAM.PoolRequest(pool: address.prefix))
        return (try ipam.requestAddress(pool, address.address), pool, reason)
    }
}
