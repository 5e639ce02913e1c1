// Messages of nf_tables, put together by hand: a namespace of a container gets a handful of rules, once, and that must not cost a
// context of libnftables.

/// A transaction of nf_tables in the making, of family `ip`.
struct NetfilterBatch {
    enum Kind: UInt16 { case newTable = 0, deleteTable = 2, newChain = 3, newRule = 6 }

    private(set) var bytes: [UInt8] = []
    /// How many messages are acknowledged.
    private(set) var count = 0

    init() {
        message(type: Self.begin, flags: Self.request, resource: Self.subsystem, [])
    }

    /// `isNew` has it fail when there is one already.
    mutating func add(_ kind: Kind, _ attributes: [[UInt8]], isNew: Bool = false) {
        count += 1
        let creates = kind == .deleteTable ? 0 : Self.create
        let appends = kind == .newRule ? Self.append : 0
        message(
            type: Self.subsystem << 8 | kind.rawValue,
            flags: Self.request | Self.acknowledge | creates | appends | (isNew ? Self.exclusive : 0), resource: 0,
            attributes.flatMap { $0 })
    }

    /// Ends the transaction.
    mutating func commit() {
        message(type: Self.end, flags: Self.request, resource: Self.subsystem, [])
    }

    // MARK: Attributes

    static func text(_ type: UInt16, _ value: String) -> [UInt8] { attribute(type, Array(value.utf8) + [0]) }
    static func number(_ type: UInt16, _ value: UInt32) -> [UInt8] { attribute(type, bigEndian(value)) }
    static func nest(_ type: UInt16, _ attributes: [[UInt8]]) -> [UInt8] { attribute(type | 0x8000, attributes.flatMap { $0 }) }

    /// A value for a register.
    static func data(_ type: UInt16, _ value: [UInt8]) -> [UInt8] { nest(type, [attribute(1, value)]) }

    /// An expression of a rule.
    static func expression(_ name: String, _ attributes: [[UInt8]]) -> [UInt8] {
        nest(1, [text(1, name), nest(2, attributes)])
    }

    private static func attribute(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
        return native(UInt16(payload.count + 4)) + native(type) + payload + padding
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private static func native<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }

    // MARK: Messages

    private static let begin: UInt16 = 0x10
    private static let end: UInt16 = 0x11
    private static let subsystem: UInt16 = 10
    private static let request: UInt16 = 0x1
    private static let acknowledge: UInt16 = 0x4
    private static let exclusive: UInt16 = 0x200
    private static let create: UInt16 = 0x400
    private static let append: UInt16 = 0x800
    private static let familyIPv4: UInt8 = 2

    private mutating func message(type: UInt16, flags: UInt16, resource: UInt16, _ attributes: [UInt8]) {
        bytes += Self.native(UInt32(20 + attributes.count)) + Self.native(type) + Self.native(flags)
        bytes += Self.native(UInt32(count)) + Self.native(UInt32(0))
        bytes += [type == Self.begin || type == Self.end ? 0 : Self.familyIPv4, 0] + Self.native(resource.bigEndian)
        bytes += attributes
    }
}
