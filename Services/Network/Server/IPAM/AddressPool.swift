// One subnet's addresses: which are taken, and which comes next.

/// The addresses of a subnet. Dynamic addresses are given out in ascending order, so that one just released isn't
/// reused at once while neighbours still remember its former owner.
struct AddressPool: Sendable, Equatable {
    let prefix: IPPrefix
    /// Where dynamic addresses come from; the whole subnet unless a sub-pool was asked for.
    let range: IPPrefix
    private var taken: OrdinalSet
    /// Offset in the subnet of the next candidate.
    private var cursor: UInt64

    /// `range` must lie within `prefix`.
    init(prefix: IPPrefix, range: IPPrefix? = nil) {
        self.prefix = prefix
        self.range = range ?? prefix
        let hosts = prefix.last.value - prefix.first.value
        taken = OrdinalSet(count: hosts >= UInt128(OrdinalSet.maximumCount) ? OrdinalSet.maximumCount : UInt64(hosts) + 1)
        cursor = 0
        cursor = offset(of: self.range.first) ?? 0
        reserveUnusable()
    }

    /// The subnet's own address and, for IPv4, the broadcast address. Networks of one or two addresses have neither.
    private mutating func reserveUnusable() {
        guard prefix.family.width - prefix.length > 1 else { return }
        taken.insert(0)
        if prefix.family == .v4 { taken.insert(taken.count - 1) }
    }

    /// Takes the given address, or the next free one of the range.
    mutating func request(_ address: IPAddress?) throws(IPAMError) -> IPAddress {
        guard let address else { return try requestNext() }
        guard let offset = offset(of: address), offset < taken.count else { throw .addressOutOfRange(address) }
        guard taken.insert(offset) else { throw .addressInUse(address) }
        return address
    }

    /// Gives an address back; one that isn't taken stays free.
    mutating func release(_ address: IPAddress) throws(IPAMError) {
        guard let offset = offset(of: address) else { throw .addressOutOfRange(address) }
        taken.remove(offset)
    }

    private mutating func requestNext() throws(IPAMError) -> IPAddress {
        let lowest = offset(of: range.first) ?? 0
        let highest = min(offset(of: range.last) ?? .max, taken.count - 1)
        let found = free(from: cursor, through: highest) ?? free(from: lowest, through: highest)
        guard let found else { throw .noAvailableAddresses(pool: "\(range)") }
        taken.insert(found)
        cursor = found == highest ? lowest : found + 1
        return IPAddress(family: prefix.family, value: prefix.first.value + UInt128(found))
    }

    private func free(from lowest: UInt64, through highest: UInt64) -> UInt64? {
        taken.firstFree(from: lowest).flatMap { $0 <= highest ? $0 : nil }
    }

    private func offset(of address: IPAddress) -> UInt64? {
        prefix.contains(address) ? UInt64(exactly: address.value - prefix.first.value) : nil
    }
}
