// The rules for a network's subnets, ranges, gateways and auxiliary addresses, in dockerd's words.
import Contracts

/// A subnet as asked for, read and checked.
struct SubnetWish: Sendable, Equatable {
    /// nil to have one chosen, of `family`.
    var subnet: IPPrefix?
    var family: IPFamily
    var range: IPPrefix?
    var gateway: IPAddress?
    var auxiliaryAddresses: [String: IPAddress] = [:]
}

/// Reads the pools of a request and gathers every fault.
struct SubnetCheck {
    private(set) var faults: [String] = []

    /// Subnets of a family that isn't enabled are passed over, as dockerd does.
    mutating func wishes(_ pools: [NetworkRecord.Pool], families: [IPFamily]) -> [SubnetWish] {
        let wishes = pools.compactMap { wish($0, families: families) }
        for (position, wish) in wishes.enumerated() {
            let overlaps = wishes[..<position].contains { other in
                other.subnet.flatMap { first in wish.subnet.map { first.overlaps($0) } } ?? false
            }
            if overlaps, let subnet = wish.subnet { faults.append("invalid subnet \(subnet): it overlaps another one of this network") }
        }
        let missing = families.filter { family in !wishes.contains { $0.family == family } }
        return wishes + missing.map { SubnetWish(family: $0) }
    }

    private mutating func wish(_ pool: NetworkRecord.Pool, families: [IPFamily]) -> SubnetWish? {
        guard !pool.subnet.isEmpty else { return wishWithoutSubnet(pool, families: families) }
        guard let interface = InterfaceAddress(pool.subnet) else {
            faults.append("invalid subnet \(pool.subnet): invalid CIDR block notation")
            return nil
        }
        let subnet = interface.prefix
        guard families.contains(subnet.family) else { return nil }
        if interface.address != subnet.first { faults.append("invalid subnet \(pool.subnet): it should be \(subnet)") }
        if subnet.length == 0 || subnet.length > subnet.family.width - 1 {
            faults.append("invalid subnet \(pool.subnet): it has no room for a gateway and a container")
        }
        var wish = SubnetWish(subnet: subnet, family: subnet.family)
        wish.range = range(pool.ipRange, in: subnet)
        wish.gateway = address(pool.gateway, "gateway", in: subnet)
        for (name, text) in pool.auxiliaryAddresses.sorted(by: { $0.key < $1.key }) {
            wish.auxiliaryAddresses[name] = address(text, "auxiliary address", in: subnet)
        }
        checkRepetitions(wish)
        return wish
    }

    /// A gateway without a subnet means nothing; nothing at all is a pool to be chosen.
    private mutating func wishWithoutSubnet(_ pool: NetworkRecord.Pool, families: [IPFamily]) -> SubnetWish? {
        if !pool.ipRange.isEmpty { faults.append("invalid ip-range \(pool.ipRange): it has no subnet") }
        if !pool.gateway.isEmpty { faults.append("invalid gateway \(pool.gateway): it has no subnet") }
        for text in pool.auxiliaryAddresses.values.sorted() { faults.append("invalid auxiliary address \(text): it has no subnet") }
        return families.contains(.v4) ? SubnetWish(family: .v4) : nil
    }

    private mutating func range(_ text: String, in subnet: IPPrefix) -> IPPrefix? {
        guard !text.isEmpty else { return nil }
        guard let interface = InterfaceAddress(text) else {
            faults.append("invalid ip-range \(text): invalid CIDR block notation")
            return nil
        }
        let range = interface.prefix
        if range.family != subnet.family {
            faults.append("invalid ip-range \(text): parent subnet is an IPv\(subnet.family.rawValue) block")
        } else if interface.address != range.first {
            faults.append("invalid ip-range \(text): it should be \(range)")
        } else if range.length < subnet.length {
            faults.append("invalid ip-range \(text): CIDR block is bigger than its parent subnet \(subnet)")
        } else if !subnet.contains(range) {
            faults.append("invalid ip-range \(text): parent subnet \(subnet) doesn't contain ip-range")
        }
        return range
    }

    private mutating func address(_ text: String, _ kind: String, in subnet: IPPrefix) -> IPAddress? {
        guard !text.isEmpty else { return nil }
        guard let address = IPAddress(text) else {
            faults.append("invalid \(kind) \(text): invalid address")
            return nil
        }
        if address.family != subnet.family {
            faults.append("invalid \(kind) \(text): parent subnet is an IPv\(subnet.family.rawValue) block")
        } else if !subnet.contains(address) {
            faults.append("invalid \(kind) \(text): parent subnet \(subnet) doesn't contain this address")
        }
        return address
    }

    private mutating func checkRepetitions(_ wish: SubnetWish) {
        var seen: Set<IPAddress> = wish.gateway.map { [$0] } ?? []
        for (name, address) in wish.auxiliaryAddresses.sorted(by: { $0.key < $1.key }) where !seen.insert(address).inserted {
            faults.append("invalid auxiliary address \(address): \(name) is given to something else already")
        }
    }
}
