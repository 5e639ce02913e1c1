// Ethernet addresses of endpoints.

/// A 48-bit Ethernet address that an interface can have.
struct MACAddress: Sendable, Hashable {
    /// Six.
    let bytes: [UInt8]

    /// nil unless there are six bytes that name one interface: neither multicast nor all zero.
    init?(bytes: [UInt8]) {
        guard bytes.count == 6, bytes[0] & 1 == 0, bytes.contains(where: { $0 != 0 }) else { return nil }
        self.bytes = bytes
    }

    /// Reads six pairs of hexadecimal digits separated by `:` or `-`.
    init?(_ text: String) {
        let parts = text.split(whereSeparator: { $0 == ":" || $0 == "-" })
        let bytes = parts.compactMap { $0.utf8.count == 2 && $0.allSatisfy(\.isHexDigit) ? UInt8($0, radix: 16) : nil }
        guard parts.count == 6, text.utf8.count == 17 else { return nil }
        self.init(bytes: bytes)
    }

    /// A random one from the range left to local administration.
    static func random() -> MACAddress {
        MACAddress(locallyAdministered: RandomBytes.make(6))
    }

    private init(locallyAdministered bytes: [UInt8]) {
        var bytes = bytes
        bytes[0] = bytes[0] & 0xfe | 0x02
        self.bytes = bytes
    }
}

extension MACAddress: CustomStringConvertible {
    var description: String { bytes.map(Hexadecimal.text).joined(separator: ":") }
}
