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
        while let message = NetlinkMessage(bytes, at: position, fixedBytes: 4) {
            position += message.step
            guard message.type >> 8 == Kind.subsystem else { continue }
            if message.type & 0xff == Kind.generation {
                isChanged = isChanged || isTouched && message.text(3) != ownThread
                isTouched = false
            } else if message.fixed.first == 1, message.text(1) == table,
                !(Kind.rules.contains(message.type & 0xff) && message.text(2) == RuleSet.administratorChain)
            {
                isTouched = true
            }
        }
        return isChanged
    }
}
