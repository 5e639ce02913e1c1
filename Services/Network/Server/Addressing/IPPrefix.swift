// Networks in CIDR notation, and an interface's address within one.

/// A network: all addresses that share their first `length` bits.
struct IPPrefix: Sendable, Hashable {
    /// The lowest address; host bits are zero.
    let first: IPAddress
    let length: Int

    /// The network that holds `address`; nil when the family has no such length.
    init?(containing address: IPAddress, length: Int) {
        guard (0...address.family.width).contains(length) else { return nil }
        self.init(masking: address, length: length)
    }

    private init(masking address: IPAddress, length: Int) {
        let hosts = Self.hostMask(address.family, length)
        first = IPAddress(family: address.family, value: address.value & ~hosts)
        self.length = length
    }

    /// Reads `address/length`; nil when malformed, or when host bits are set.
    init?(_ text: some StringProtocol) {
        guard let interface = InterfaceAddress(text), interface.prefix.first == interface.address else { return nil }
        self = interface.prefix
    }

    /// A network of one address.
    init(only address: IPAddress) {
        self.init(masking: address, length: address.family.width)
    }

    var family: IPFamily { first.family }
    var last: IPAddress { IPAddress(family: family, value: first.value | Self.hostMask(family, length)) }

    func contains(_ address: IPAddress) -> Bool {
        address.family == family && (first.value...last.value).contains(address.value)
    }

    func contains(_ other: IPPrefix) -> Bool {
        contains(other.first) && other.length >= length
    }

    func overlaps(_ other: IPPrefix) -> Bool {
        contains(other.first) || other.contains(first)
    }

    /// Ones where addresses of the network differ.
    private static func hostMask(_ family: IPFamily, _ length: Int) -> UInt128 {
        let bits = family.width - length
        return bits == 128 ? .max : (1 << UInt128(bits)) - 1
    }
}

extension IPPrefix: CustomStringConvertible {
    var description: String { "\(first)/\(length)" }
}

/// An address together with the length of its network's prefix, as an interface has it.
struct InterfaceAddress: Sendable, Hashable {
    let address: IPAddress
    let prefix: IPPrefix

    /// nil when `length` doesn't suit the family.
    init?(address: IPAddress, length: Int) {
        guard let prefix = IPPrefix(containing: address, length: length) else { return nil }
        self.address = address
        self.prefix = prefix
    }

    /// Reads `address/length`, host bits allowed.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), let length = Int(parts[1]), parts[1].allSatisfy(\.isNumber) else {
            return nil
        }
        self.init(address: address, length: length)
    }
}

extension InterfaceAddress: CustomStringConvertible {
    var description: String { "\(address)/\(prefix.length)" }
}
