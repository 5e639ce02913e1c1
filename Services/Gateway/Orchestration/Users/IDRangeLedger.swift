// Ranges of IDs that belong to one container each.
import Contracts
import RPC
import Synchronization

/// Gives out ranges of a pool. What is taken is in the containers' records, but for containers that are being made.
final class IDRangeLedger: Sendable {
    private let pool: [IDRange]
    private let pending = Mutex<[String: IDRange]>([:])

    init(pool: [IDRange]) { self.pool = pool }

    /// The lowest free range, until it is released, or is in the container's record.
    /// - Parameter recorded: the maps of all containers on record; asked while nobody else can take a range.
    /// Errors: conflict when no range of that size is free.
    func reserve(_ size: UInt32, for container: String, recorded: () -> [IDMap]) throws(RPCError) -> IDMap {
        let found = pending.withLock { pending -> IDRange? in
            let taken = recorded().flatMap { $0.users + $0.groups } + pending.values
            guard let range = Self.free(size, in: pool, taken: taken) else { return nil }
            pending[container] = range
            return range
        }
        guard let found else {
            throw RPCError(.conflict, "no \(size) IDs in a row are free for a user namespace: raise userns-pool, or remove containers")
        }
        return IDMap(users: [found], groups: [found])
    }

    func release(_ container: String) { pending.withLock { $0[container] = nil } }

    private static func free(_ size: UInt32, in pool: [IDRange], taken: [IDRange]) -> IDRange? {
        let taken = taken.sorted { $0.outside < $1.outside }
        for range in pool {
            var next = UInt64(range.outside)
            let end = UInt64(range.outside) + UInt64(range.count)
            for other in taken where UInt64(other.outside) + UInt64(other.count) > next {
                if UInt64(other.outside) >= next + UInt64(size) { break }
                next = UInt64(other.outside) + UInt64(other.count)
            }
            if next + UInt64(size) <= end { return IDRange(inside: 0, outside: UInt32(next), count: size) }
        }
        return nil
    }
}
