// The mark of packets that the packet filter lets through: `bridge-accept-fwmark`.

/// A mark, and which of its bits count.
struct FirewallMark: Sendable, Equatable {
    let mark: UInt32
    let mask: UInt32

    /// Reads `mark` or `mark/mask`, each as Go reads numbers: `5`, `0x5`, `0b101`, `0o5`; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let mark = Self.number(parts[0]), let mask = parts.count == 2 ? Self.number(parts[1]) : .max else { return nil }
        (self.mark, self.mask) = (mark, mask)
    }

    private static func number(_ text: Substring) -> UInt32? {
        for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where text.lowercased().hasPrefix(prefix) {
            return text.dropFirst(2).first == "+" ? nil : UInt32(text.dropFirst(2), radix: radix)
        }
        guard text.first?.isNumber == true else { return nil }
        return UInt32(text, radix: text.count > 1 && text.first == "0" ? 8 : 10)
    }

    /// As a condition of a rule.
    var condition: String {
        let hex = { (number: UInt32) in "0x" + String(number, radix: 16) }
        return mask == .max ? "meta mark \(hex(mark))" : "meta mark & \(hex(mask)) == \(hex(mark))"
    }
}
