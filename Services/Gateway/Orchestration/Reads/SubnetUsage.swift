// How many of a subnet's addresses are taken, and how many are left. Pure.
import Glibc
import Models

/// A range of addresses of either family.
struct AddressRange: Equatable {
    let first: UInt128
    let last: UInt128
    let isIPv6: Bool

    /// From CIDR notation; nil for what isn't that.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let length = Int(parts[1]), let (address, isIPv6) = Self.number(parts[0]) else { return nil }
        let width = isIPv6 ? 128 : 32
        guard (0...width).contains(length) else { return nil }
        let hosts: UInt128 = length == 0 && isIPv6 ? .max : (1 << UInt128(width - length)) - 1
        first = address & ~hosts
        last = first + hosts
        self.isIPv6 = isIPv6
    }

    func contains(_ address: UInt128) -> Bool { (first...last).contains(address) }

    /// An address as a number, and whether it is one of IPv6.
    static func number(_ text: some StringProtocol) -> (UInt128, Bool)? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let isIPv6 = text.contains(":")
        guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, String(text), &bytes) == 1 else { return nil }
        return (bytes.prefix(isIPv6 ? 16 : 4).reduce(0) { $0 << 8 | UInt128($1) }, isIPv6)
    }
}

struct SubnetUsage {
    let subnet: AddressRange
    /// What containers are given addresses from.
    let range: AddressRange
    private let taken: Set<UInt128>

    /// - Parameters:
    ///   - range: in CIDR notation; empty for the whole subnet.
    ///   - addresses: of whoever has one of any network, without prefix lengths.
    init?(subnet text: String, range: String, addresses: [String]) {
        guard let subnet = AddressRange(text), let range = range.isEmpty ? subnet : AddressRange(range) else { return nil }
        (self.subnet, self.range) = (subnet, range)
        var taken = Set(
            addresses.compactMap { AddressRange.number($0) }.filter { $0.1 == subnet.isIPv6 }.map { $0.0 }.filter(subnet.contains))
        // The network's own address and, of IPv4, the one of all; the smallest subnets have neither.
        if subnet.last - subnet.first >= 3 {
            taken.insert(subnet.first)
            if !subnet.isIPv6 { taken.insert(subnet.last) }
        }
        self.taken = taken
    }

    var status: NetworkStatus.Subnet {
        // One less than there are: all addresses of IPv6 are more than 128 bits can count.
        let span = range.last - range.first
        let used = UInt128(taken.count(where: range.contains))
        let available = used > span ? 0 : UInt64(clamping: min(span - used, UInt128(UInt64.max) - 1) + 1)
        return NetworkStatus.Subnet(inUse: UInt64(taken.count), available: available)
    }
}
