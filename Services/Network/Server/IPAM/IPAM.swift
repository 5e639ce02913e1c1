// Address management: pools, and the addresses in them. Pure; the service keeps it in step with its records.

/// Pools that don't overlap. The contract is that of Docker's IPAM drivers, for their local address space.
struct IPAM: Sendable, Equatable {
    struct PoolID: Sendable, Hashable {
        let pool: IPPrefix
        let subPool: IPPrefix?
    }

    struct PoolRequest: Sendable {
        /// nil to have one chosen from the predefined pools.
        var pool: IPPrefix?
        /// Where dynamic addresses shall come from, within `pool`.
        var subPool: IPPrefix?
        /// The family to choose when `pool` is nil.
        var family = IPFamily.v4
        /// What a chosen pool must not overlap, such as the host's routes.
        var excluded: [IPPrefix] = []
    }

    /// A pool, shared by the sub-pools that were asked for in it.
    private struct Entry: Sendable, Equatable {
        var addresses: AddressPool
        /// How often each sub-pool, or with nil the whole pool, was asked for.
        var references: [IPPrefix?: Int] = [:]
    }

    private let predefined: [PoolTemplate]
    private var pools: [IPPrefix: Entry] = [:]

    init(predefined: [PoolTemplate]) {
        self.predefined = predefined
    }

    /// Takes a pool. Asking for the same one again gives the same result and counts one more reference.
    mutating func requestPool(_ request: PoolRequest) throws(IPAMError) -> PoolID {
        let id = PoolID(pool: try pool(for: request), subPool: request.subPool)
        if pools[id.pool] == nil {
            if let neighbour = neighbour(of: id.pool) { throw .poolOverlap("\(neighbour)") }
            pools[id.pool] = Entry(addresses: AddressPool(prefix: id.pool))
        }
        pools[id.pool]?.references[id.subPool, default: 0] += 1
        return id
    }

    /// Gives up one reference; with the last one, the pool and its addresses are free.
    mutating func releasePool(_ id: PoolID) throws(IPAMError) {
        guard var entry = pools[id.pool], let count = entry.references[id.subPool] else { throw .invalidPool("\(id.pool)") }
        entry.references[id.subPool] = count > 1 ? count - 1 : nil
        pools[id.pool] = entry.references.isEmpty ? nil : entry
    }

    /// Takes the given address, or any of the sub-pool.
    mutating func requestAddress(_ id: PoolID, _ address: IPAddress? = nil) throws(IPAMError) -> InterfaceAddress {
        guard pools[id.pool]?.references[id.subPool] != nil else { throw .invalidPool("\(id.pool)") }
        guard let taken = try pools[id.pool]?.addresses.request(address, from: id.subPool),
            let interface = InterfaceAddress(address: taken, length: id.pool.length)
        else { throw .invalidPool("\(id.pool)") }
        return interface
    }

    /// Gives an address back; one that isn't taken stays free.
    mutating func releaseAddress(_ id: PoolID, _ address: IPAddress) throws(IPAMError) {
        guard try pools[id.pool]?.addresses.release(address) != nil else { throw .invalidPool("\(id.pool)") }
    }

    /// Whether an address was given back before, since its pool was taken, or may have been.
    func hadOwner(_ id: PoolID, _ address: IPAddress) -> Bool {
        pools[id.pool]?.addresses.hadOwner(address) ?? true
    }

    /// A pool that overlaps the subnet; nil when it is free.
    func neighbour(of subnet: IPPrefix) -> IPPrefix? {
        pools.keys.first { $0.overlaps(subnet) }
    }

    private func pool(for request: PoolRequest) throws(IPAMError) -> IPPrefix {
        guard let pool = request.pool else {
            if let subPool = request.subPool { throw .invalidSubPool("\(subPool) without a pool") }
            return try choosePool(request)
        }
        if let subPool = request.subPool, !pool.contains(subPool) { throw .invalidSubPool("\(subPool) is not within \(pool)") }
        return pool
    }

    private func choosePool(_ request: PoolRequest) throws(IPAMError) -> IPPrefix {
        let occupied = request.excluded + pools.keys
        for template in predefined where template.base.family == request.family {
            if let subnet = template.firstFree(avoiding: occupied) { return subnet }
        }
        throw .noMorePredefinedPools
    }
}
