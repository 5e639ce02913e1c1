// A message of netlink as it comes, taken apart as far as notices need it.

/// One message of a notice. Reads no further than the bytes go, whatever they are.
struct NetlinkMessage {
    let type: UInt16
    /// Bytes to the next message.
    let step: Int
    /// What comes between the header and the attributes; as long as was asked for.
    let fixed: ArraySlice<UInt8>
    private let attributes: ArraySlice<UInt8>

    private static let headerBytes = 16

    /// `fixedBytes` is how long the part before the attributes is. nil where there is no whole message.
    init?(_ bytes: [UInt8], at start: Int, fixedBytes: Int) {
        let shortest = Self.headerBytes + fixedBytes
        guard bytes.count - start >= shortest else { return nil }
        let length = Int(Self.number(bytes[start...], 4))
        guard length >= shortest, length <= bytes.count - start else { return nil }
        type = UInt16(Self.number(bytes[(start + 4)...], 2))
        fixed = bytes[(start + Self.headerBytes)..<(start + shortest)]
        attributes = bytes[(start + shortest)..<(start + length)]
        step = (length + 3) & ~3
    }

    /// An attribute of the top level; nil when there is none.
    func attribute(_ wanted: UInt16) -> ArraySlice<UInt8>? {
        var rest = attributes
        while rest.count >= 4 {
            let length = Int(Self.number(rest, 2))
            guard length >= 4, length <= rest.count else { return nil }
            if UInt16(Self.number(rest.dropFirst(2), 2)) & 0x3fff == wanted { return rest.prefix(length).dropFirst(4) }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return nil
    }

    func text(_ wanted: UInt16) -> String? {
        attribute(wanted).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    func number(_ wanted: UInt16) -> UInt32? {
        attribute(wanted).map { Self.number($0, 4) }
    }

    /// In the machine's order, which is the lowest byte first on all that Swift runs on.
    static func number(_ bytes: ArraySlice<UInt8>, _ count: Int) -> UInt32 {
        bytes.prefix(count).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
