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

    private struct Entry: Sendable, Equatable {
        var addresses: AddressPool
        var references: Int
    }

    private let predefined: [PoolTemplate]
    private var pools: [PoolID: Entry] = [:]

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
        if pools[id] != nil {
            pools[id]?.references += 1
            return id
        }
        if let neighbour = subnets(of: space).first(where: { $0.overlaps(id.pool) }) { throw .poolOverlap("\(neighbour)") }
        pools[id] = Entry(addresses: AddressPool(prefix: id.pool, range: id.subPool), references: 1)
        return id
    }

    /// Gives up one reference; with the last one, the pool and its addresses are free.
    mutating func releasePool(_ id: PoolID) throws(IPAMError) {
        guard let references = pools[id]?.references else { throw .invalidPool("\(id.pool)") }
        if references == 1 { pools[id] = nil } else { pools[id]?.references = references - 1 }
    }

    /// Takes the given address, or any.
    mutating func requestAddress(_ id: PoolID, _ address: IPAddress? = nil) throws(IPAMError) -> InterfaceAddress {
        guard let taken = try pools[id]?.addresses.request(address) else { throw .invalidPool("\(id.pool)") }
        guard let interface = InterfaceAddress(address: taken, length: id.pool.length) else { throw .invalidPool("\(id.pool)") }
        return interface
    }

    mutating func releaseAddress(_ id: PoolID, _ address: IPAddress) throws(IPAMError) {
        guard try pools[id]?.addresses.release(address) != nil else { throw .invalidPool("\(id.pool)") }
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
        let occupied = request.excluded + subnets(of: space)
        for template in predefined where template.base.family == request.family {
            if let subnet = template.firstFree(avoiding: occupied) { return subnet }
        }
        throw .noMorePredefinedPools
    }

    private func subnets(of space: Space) -> [IPPrefix] {
        pools.keys.filter { $0.space == space }.map(\.pool)
    }
}
