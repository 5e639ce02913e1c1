// Checks that bytes are one well-formed and valid data item, so that whoever reads them afterwards need not doubt.
import Glibc

/// Walks over an item once: heads, lengths, nesting, UTF-8, and that no map has a key twice. Allocates no more than a few bytes for
/// each map key that is there, whatever lengths are announced.
struct CBORValidator {
    /// Arrays, maps and tags inside one another.
    static let maximumDepth = 64

    private struct Key {
        let offset: UInt32
        let length: UInt32
        let isText: Bool
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var offset = 0
    private var keys: [Key] = []

    /// Throws `RPCError(.invalidParameter)` unless the bytes are exactly one valid item.
    static func validate(_ bytes: UnsafeBufferPointer<UInt8>) throws(RPCError) {
        guard bytes.count <= Int(UInt32.max) else { throw malformed("it is too long") }
        var validator = CBORValidator(bytes: bytes)
        try validator.item(depth: 0)
        guard validator.offset == bytes.count else { throw malformed("bytes follow it") }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private static func malformed(_ reason: String) -> RPCError {
        RPCError(.invalidParameter, "The message is not valid CBOR: \(reason).")
    }

    private mutating func head() throws(RPCError) -> CBORHead {
        guard let head = CBORHead(bytes, at: offset) else { throw Self.malformed("it is cut off, or has a reserved head") }
        offset = head.next
        return head
    }

    private mutating func item(depth: Int) throws(RPCError) {
        guard depth <= Self.maximumDepth else { throw Self.malformed("it is nested deeper than \(Self.maximumDepth)") }
        let head = try head()
        switch head.major {
        case .unsigned, .negative: try requireDefinite(head)
        case .bytes, .text: try string(head)
        case .array: try array(head, depth: depth)
        case .map: try map(head, depth: depth)
        case .tag:
            try requireDefinite(head)
            try item(depth: depth + 1)
        case .simple:
            try requireDefinite(head)
            // RFC 8949, 3.3: a simple value below 32 is never written in two bytes.
            guard head.initial != 0xf8 || head.argument >= 32 else { throw Self.malformed("it has a misspelt simple value") }
        }
    }

    private func requireDefinite(_ head: CBORHead) throws(RPCError) {
        guard !head.isIndefinite else { throw Self.malformed("it has a stray break or a length that isn't one") }
    }

    private mutating func string(_ head: CBORHead) throws(RPCError) {
        guard head.isIndefinite else { return try chunk(head) }
        while !takeStop() {
            let part = try self.head()
            guard part.major == head.major, !part.isIndefinite else { throw Self.malformed("a string has a chunk of another type") }
            try chunk(part)
        }
    }

    private mutating func chunk(_ head: CBORHead) throws(RPCError) {
        guard head.argument <= UInt64(bytes.count - offset) else { throw Self.malformed("a string is longer than what is there") }
        let start = offset
        offset += Int(head.argument)
        guard head.major == .bytes || UTF8Check.isValid(bytes, start..<offset) else { throw Self.malformed("a text is not UTF-8") }
    }

    private mutating func array(_ head: CBORHead, depth: Int) throws(RPCError) {
        if head.isIndefinite {
            while !takeStop() { try item(depth: depth + 1) }
        } else {
            try requireRoom(for: head.argument)
            for _ in 0..<head.argument { try item(depth: depth + 1) }
        }
    }

    private mutating func map(_ head: CBORHead, depth: Int) throws(RPCError) {
        let base = keys.count
        if head.isIndefinite {
            while !takeStop() { try entry(depth: depth) }
        } else {
            try requireRoom(for: head.argument)
            for _ in 0..<head.argument { try entry(depth: depth) }
        }
        try requireUnique(from: base)
        keys.removeSubrange(base...)
    }

    private mutating func entry(depth: Int) throws(RPCError) {
        let start = offset
        let head = try head()
        offset = start
        try item(depth: depth + 1)
        if head.major == .text {
            guard !head.isIndefinite else { throw Self.malformed("a map key is of indefinite length") }
            keys.append(Key(offset: UInt32(head.next), length: UInt32(offset - head.next), isText: true))
        } else {
            keys.append(Key(offset: UInt32(start), length: UInt32(offset - start), isText: false))
        }
        try item(depth: depth + 1)
    }

    // Every element takes a byte at least, so a count beyond the bytes left is a lie that needn't be walked.
    private func requireRoom(for count: UInt64) throws(RPCError) {
        guard count <= UInt64(bytes.count - offset) else { throw Self.malformed("a count is larger than what is there") }
    }

    private mutating func takeStop() -> Bool {
        guard offset < bytes.count, bytes[offset] == CBORSimple.stop else { return false }
        offset += 1
        return true
    }

    private mutating func requireUnique(from base: Int) throws(RPCError) {
        let count = keys.count - base
        guard count > 1 else { return }
        if count <= 8 {
            for later in (base + 1)..<keys.count {
                for earlier in base..<later where order(keys[earlier], keys[later]) == 0 { throw Self.malformed("a map has a key twice") }
            }
        } else {
            let bytes = bytes
            keys[base...].sort { Self.order($0, $1, in: bytes) < 0 }
            for later in (base + 1)..<keys.count where order(keys[later - 1], keys[later]) == 0 {
                throw Self.malformed("a map has a key twice")
            }
        }
    }

    private func order(_ left: Key, _ right: Key) -> Int { Self.order(left, right, in: bytes) }

    private static func order(_ left: Key, _ right: Key, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if left.length != right.length { return left.length < right.length ? -1 : 1 }
        if left.isText != right.isText { return left.isText ? -1 : 1 }
        guard left.length > 0, let base = bytes.baseAddress else { return 0 }
        return Int(memcmp(base + Int(left.offset), base + Int(right.offset), Int(left.length)))
    }
}
