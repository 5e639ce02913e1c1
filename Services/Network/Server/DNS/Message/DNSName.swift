// Domain names as they are on the wire, and as text.

/// A domain name: at most 255 bytes, labels of 1 to 63 bytes.
struct DNSName: Sendable, Hashable {
    /// Each label after its length, and a zero for the root. Letters are as they came.
    let wire: [UInt8]

    static let root = DNSName(checked: [0])
    static let maximumBytes = 255
    static let maximumLabelBytes = 63

    /// For bytes that a reader has checked.
    init(checked wire: [UInt8]) {
        self.wire = wire
    }

    /// From labels; nil when one is empty or too long, or when all are too long together.
    init?(labels: some Sequence<some Collection<UInt8>>) {
        var wire: [UInt8] = []
        for label in labels {
            guard (1...Self.maximumLabelBytes).contains(label.count) else { return nil }
            wire.append(UInt8(label.count))
            wire += label
        }
        wire.append(0)
        guard wire.count <= Self.maximumBytes else { return nil }
        self.wire = wire
    }

    /// From plain text such as `web.example.org`, with or without a dot at the end.
    init?(_ text: String) {
        let trimmed = text.hasSuffix(".") ? String(text.dropLast()) : text
        if trimmed.isEmpty {
            self = .root
            return
        }
        self.init(labels: trimmed.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false))
    }

    /// The same name in lower case: names that differ in case only are the same.
    var folded: DNSName {
        DNSName(checked: wire.map(Self.lowercased))
    }

    /// A length is never the code of a capital letter: those are above 63.
    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }

    var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var position = 0
        while position < wire.count, wire[position] != 0 {
            let end = min(position + 1 + Int(wire[position]), wire.count)
            labels.append(wire[(position + 1)..<end])
            position = end
        }
        return labels
    }

    /// Without a dot at the end; empty for the root. Dots within labels, and what isn't printable, are escaped as in zone files.
    var text: String {
        labels.map { $0.map(Self.escaped).joined() }.joined(separator: ".")
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "\\"): "\\\(Character(UnicodeScalar(byte)))"
        case 0x21...0x7e: String(Character(UnicodeScalar(byte)))
        default: "\\" + String(repeating: "0", count: 3 - String(byte).count) + String(byte)
        }
    }
}
