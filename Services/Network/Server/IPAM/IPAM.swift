// Address management: spaces, the pools in them, and the addresses in those. Pure; the service keeps it in step with its records.

/// Address spaces, each a set of pools that don't overlap. The contract is that of Docker's IPAM drivers.
struct IPAM: Sendable, Equatable {
    /// Bridges take from the local one; the global one is for networks that span hosts.
    enum Space: String, Sendable, Hashable, CaseIterable {
        case local = "LocalDefault"
        case global = "GlobalDefault"
    }

    struct PoolID: Sendable, Hashable {
        let space: Space
        let pool: IPPrefix
        let subPool: IPPrefix?
    }

    struct PoolRequest: Sendable {
        /// A space's name.
        var space = Space.local.rawValue
        /// nil to have one chosen from the predefined pools.
        var pool: IPPrefix?
        /// Where dynamic addresses shall come from, within `pool`.
        var subPool: IPPrefix?
        /// The family to choose when `pool` is nil.
        var family = IPFamily.v4
        /// What a chosen pool must not overlap, such as the host's routes.
        var excluded: [IPPrefix] = []
    }

    fileprivate struct Key: Sendable, Hashable {
        let space: Space
        let pool: IPPrefix
    }

    /// A pool, shared by the sub-pools that were asked for in it.
    private struct Entry: Sendable, Equatable {
        var addresses: AddressPool
        /// How often each sub-pool, or with nil the whole pool, was asked for.
        var references: [IPPrefix?: Int] = [:]
    }

    private let predefined: [PoolTemplate]
    private var pools: [Key: Entry] = [:]

    init(predefined: [PoolTemplate]) {
        self.predefined = predefined
    }

    /// The names of the spaces for networks of one host and of several.
    static var defaultAddressSpaces: (local: String, global: String) {
        (Space.local.rawValue, Space.global.rawValue)
    }

    /// Takes a pool. Asking for the same one again gives the same result and counts one more reference.
    mutating func requestPool(_ request: PoolRequest) throws(IPAMError) -> PoolID {
        guard let space = Space(rawValue: request.space) else { throw .invalidAddressSpace(request.space) }
        let id = PoolID(space: space, pool: try pool(for: request, in: space), subPool: request.subPool)
        if pools[id.key] == nil {
            if let neighbour = neighbour(of: id.pool, in: space) { throw .poolOverlap("\(neighbour)") }
            pools[id.key] = Entry(addresses: AddressPool(prefix: id.pool))
        }
        pools[id.key]?.references[id.subPool, default: 0] += 1
        return id
    }

    /// Gives up one reference; with the last one, the pool and its addresses are free.
    mutating func releasePool(_ id: PoolID) throws(IPAMError) {
        guard var entry = pools[id.key], let count = entry.references[id.subPool] else { throw .invalidPool("\(id.pool)") }
        entry.references[id.subPool] = count > 1 ? count - 1 : nil
        pools[id.key] = entry.references.isEmpty ? nil : entry
    }

    /// Takes the given address, or any of the sub-pool.
    mutating func requestAddress(_ id: PoolID, _ address: IPAddress? = nil) throws(IPAMError) -> InterfaceAddress {
        guard pools[id.key]?.references[id.subPool] != nil else { throw .invalidPool("\(id.pool)") }
        guard let taken = try pools[id.key]?.addresses.request(address, from: id.subPool),
            let interface = InterfaceAddress(address: taken, length: id.pool.length)
        else { throw .invalidPool("\(id.pool)") }
        return interface
    }

    /// Gives an address back; one that isn't taken stays free.
    mutating func releaseAddress(_ id: PoolID, _ address: IPAddress) throws(IPAMError) {
        guard try pools[id.key]?.addresses.release(address) != nil else { throw .invalidPool("\(id.pool)") }
    }

    /// Whether an address was given back before, since its pool was taken, or may have been.
    func hadOwner(_ id: PoolID, _ address: IPAddress) -> Bool {
        pools[id.key]?.addresses.hadOwner(address) ?? true
    }

    /// A pool of the space that overlaps the subnet; nil when it is free.
    func neighbour(of subnet: IPPrefix, in space: Space = .local) -> IPPrefix? {
        pools.keys.first { $0.space == space && $0.pool.overlaps(subnet) }?.pool
    }

    private func pool(for request: PoolRequest, in space: Space) throws(IPAMError) -> IPPrefix {
        guard let pool = request.pool else {
            if let subPool = request.subPool { throw .invalidSubPool("\(subPool) without a pool") }
            return try choosePool(request, in: space)
        }
        if let subPool = request.subPool, !pool.contains(subPool) { throw .invalidSubPool("\(subPool) is not within \(pool)") }
        return pool
    }

    private func choosePool(_ request: PoolRequest, in space: Space) throws(IPAMError) -> IPPrefix {
        let occupied = request.excluded + pools.keys.filter { $0.space == space }.map(\.pool)
        for template in predefined where template.base.family == request.family {
            if let subnet = template.firstFree(avoiding: occupied) { return subnet }
        }
        throw .noMorePredefinedPools
    }
}

extension IPAM.PoolID {
    fileprivate var key: IPAM.Key { IPAM.Key(space: space, pool: pool) }
}
