// What the kernel tells about changes of nftables, and whether they concern the engine's table.

/// Reads the kernel's notices. Pure: bytes in, a decision out.
struct TableEvents: Sendable {
    /// Name of the table, of family `inet`.
    let table: String
    /// Name of the thread whose changes are the engine's own.
    let ownThread: String
    /// The transaction that is being told about has changed the table.
    private var isTouched = false

    init(table: String, ownThread: String) {
        self.table = table
        self.ownThread = ownThread
    }

    private enum Kind {
        static let rules: Set<UInt16> = [6, 8]
        static let generation: UInt16 = 15
        static let subsystem: UInt16 = 10
    }

    /// True when somebody else has changed the table, the administrator's own chain apart. What can't be read changes nothing.
    mutating func read(_ bytes: [UInt8]) -> Bool {
        var isChanged = false
        var position = 0
        while let message = Message(bytes, at: position) {
            position += message.step
            guard message.type >> 8 == Kind.subsystem else { continue }
            if message.type & 0xff == Kind.generation {
                isChanged = isChanged || isTouched && message.text(3) != ownThread
                isTouched = false
            } else if message.family == 1, message.text(1) == table,
                      !(Kind.rules.contains(message.type & 0xff) && message.text(2) == RuleSet.administratorChain) {
                isTouched = true
            }
        }
        return isChanged
    }
}

/// A netlink message of nf_tables.
private struct Message {
    let type: UInt16
    let family: UInt8
    /// Bytes to the next message.
    let step: Int
    private let attributes: ArraySlice<UInt8>

    init?(_ bytes: [UInt8], at start: Int) {
        guard bytes.count - start >= 20 else { return nil }
        let length = Int(Self.number(bytes[start...], 4))
        guard length >= 20, length <= bytes.count - start else { return nil }
        type = UInt16(Self.number(bytes[(start + 4)...], 2))
        family = bytes[start + 16]
        attributes = bytes[(start + 20)..<(start + length)]
        step = (length + 3) & ~3
    }

    /// A text of the top level; nil when there is none.
    func text(_ wanted: UInt16) -> String? {
        var rest = attributes
        while rest.count >= 4 {
            let length = Int(Self.number(rest, 2))
            guard length >= 4, length <= rest.count else { return nil }
            if UInt16(Self.number(rest.dropFirst(2), 2)) & 0x3fff == wanted {
                return String(decoding: rest.prefix(length).dropFirst(4).prefix { $0 != 0 }, as: UTF8.self)
            }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return nil
    }

    /// In the machine's order, which is the lowest byte first on all that Swift runs on.
    private static func number(_ bytes: ArraySlice<UInt8>, _ count: Int) -> UInt32 {
        bytes.prefix(count).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
