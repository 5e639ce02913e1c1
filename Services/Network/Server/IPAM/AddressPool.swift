// One subnet's addresses: which are taken, and which comes next.

/// The addresses of a subnet. Dynamic addresses are given out in ascending order, so that one just released isn't
/// reused at once while neighbours still remember its former owner.
struct AddressPool: Sendable, Equatable {
    let prefix: IPPrefix
    private var taken: OrdinalSet
    /// Those given back.
    private var former: OrdinalSet
    /// Addresses beyond what can be counted, in subnets of more than 2^64.
    private var distant: Set<IPAddress> = []
    /// Offset in the subnet of the next candidate, for each range that was asked of.
    private var cursors: [IPPrefix: UInt64] = [:]
    /// The next candidate of each range that begins beyond what can be counted.
    private var distantCursors: [IPPrefix: UInt128] = [:]

    init(prefix: IPPrefix) {
        self.prefix = prefix
        let hosts = prefix.last.value - prefix.first.value
        taken = OrdinalSet(count: UInt64(exactly: hosts).map { $0 == .max ? $0 : $0 + 1 } ?? OrdinalSet.maximumCount)
        former = OrdinalSet(count: taken.count)
        reserveUnusable()
    }

    /// The subnet's own address and, for IPv4, the broadcast address. Networks of one or two addresses have neither.
    private mutating func reserveUnusable() {
        guard prefix.family.width - prefix.length > 1 else { return }
        taken.insert(0)
        if prefix.family == .v4 { taken.insert(taken.count - 1) }
    }

    /// Takes the given address, or the next free one of the range, which must lie in the subnet; nil for the whole of it.
    mutating func request(_ address: IPAddress?, from range: IPPrefix? = nil) throws(IPAMError) -> IPAddress {
        guard let address else { return try requestNext(of: range ?? prefix) }
        guard prefix.contains(address) else { throw .addressOutOfRange(address) }
        let isFree = offset(of: address).map { taken.insert($0) } ?? distant.insert(address).inserted
        guard isFree else { throw .addressInUse(address) }
        return address
    }

    /// Gives an address back; one that isn't taken stays free.
    mutating func release(_ address: IPAddress) throws(IPAMError) {
        guard prefix.contains(address) else { throw .addressOutOfRange(address) }
        guard let offset = offset(of: address) else {
            distant.remove(address)
            return
        }
        if taken.remove(offset) { former.insert(offset) }
    }

    /// Whether an address was given back before, or may have been.
    func hadOwner(_ address: IPAddress) -> Bool {
        offset(of: address).map { former.contains($0) } ?? true
    }

    private mutating func requestNext(of range: IPPrefix) throws(IPAMError) -> IPAddress {
        guard let lowest = offset(of: range.first) else { return try requestDistant(of: range) }
        let highest = min(offset(of: range.last) ?? .max, taken.count - 1)
        let cursor = cursors[range] ?? lowest
        let found = free(from: cursor, through: highest) ?? free(from: lowest, through: highest)
        guard let found else { throw .noAvailableAddresses(pool: "\(range)") }
        taken.insert(found)
        cursors[range] = found == highest ? lowest : found + 1
        return IPAddress(family: prefix.family, value: prefix.first.value + UInt128(found))
    }

    /// One more try than there are taken addresses finds a free one, or has seen the whole range.
    private mutating func requestDistant(of range: IPPrefix) throws(IPAMError) -> IPAddress {
        var candidate = distantCursors[range] ?? range.first.value
        for _ in 0...distant.count {
            let address = IPAddress(family: prefix.family, value: candidate)
            candidate = candidate == range.last.value ? range.first.value : candidate + 1
            guard distant.insert(address).inserted else { continue }
            distantCursors[range] = candidate
            return address
        }
        throw .noAvailableAddresses(pool: "\(range)")
    }

    private func free(from lowest: UInt64, through highest: UInt64) -> UInt64? {
        taken.firstFree(from: lowest).flatMap { $0 <= highest ? $0 : nil }
    }

    /// nil when it can't be counted.
    private func offset(of address: IPAddress) -> UInt64? {
        guard prefix.contains(address), let offset = UInt64(exactly: address.value - prefix.first.value), offset < taken.count else {
            return nil
        }
        return offset
    }
}
