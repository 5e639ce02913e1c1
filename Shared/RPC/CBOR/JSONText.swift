// JSON of Codable values, by way of CBOR: what is encoded often, such as answers and records, costs a fraction of a general encoder.
import Glibc

/// Writes the JSON (RFC 8259) of a value: members in the order of their keys' bytes, nil fields left out, `[UInt8]` as numbers.
public struct JSONText {
    /// A member of an object that is being written: where its key is in the source, and the whole of it in the text.
    private struct Member {
        let key: Range<Int>
        let text: Range<Int>
    }

    private let source: UnsafeBufferPointer<UInt8>
    private var offset = 0
    private var text: [UInt8] = []
    private var members: [Member] = []

    /// The JSON of a value, without a line's end. Errors: `invalidParameter` when the value can't be encoded, as a number that is none.
    public static func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
        try CBOREncoder().encode(value).withUnsafeBufferPointer { source in
            var writer = JSONText(source)
            try writer.item(depth: 0)
            return writer.text
        }
    }

    private init(_ source: UnsafeBufferPointer<UInt8>) {
        self.source = source
        text.reserveCapacity(source.count + source.count / 2)
    }

    private static let unwritable = RPCError(.invalidParameter, "A value can't be written as JSON.")

    private mutating func head() throws(RPCError) -> CBORHead {
        guard let head = CBORHead(source, at: offset), !head.isIndefinite else { throw Self.unwritable }
        offset = head.next
        return head
    }

    private mutating func item(depth: Int) throws(RPCError) {
        guard depth <= CBORValidator.maximumDepth else { throw Self.unwritable }
        let head = try head()
        switch head.major {
        case .unsigned: digits(head.argument)
        case .negative:
            text.append(UInt8(ascii: "-"))
            digits(head.argument &+ 1)
        case .bytes: numbers(try taken(head.argument))
        case .text: quoted(try taken(head.argument))
        case .array: try array(head.argument, depth: depth)
        case .map: try object(head.argument, depth: depth)
        case .tag: try item(depth: depth + 1)
        case .simple: try simple(head)
        }
    }

    /// The next bytes of the source.
    private mutating func taken(_ count: UInt64) throws(RPCError) -> Range<Int> {
        guard count <= UInt64(source.count - offset) else { throw Self.unwritable }
        defer { offset += Int(count) }
        return offset..<(offset + Int(count))
    }

    private mutating func array(_ count: UInt64, depth: Int) throws(RPCError) {
        text.append(UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            try item(depth: depth + 1)
        }
        text.append(UInt8(ascii: "]"))
    }

    private mutating func object(_ count: UInt64, depth: Int) throws(RPCError) {
        text.append(UInt8(ascii: "{"))
        let (begin, first) = (text.count, members.count)
        for index in 0..<count {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            let start = text.count
            let key = try head()
            guard key.major == .text else { throw Self.unwritable }
            let name = try taken(key.argument)
            quoted(name)
            text.append(UInt8(ascii: ":"))
            try item(depth: depth + 1)
            members.append(Member(key: name, text: start..<text.count))
        }
        order(from: first, at: begin)
        members.removeSubrange(first...)
        text.append(UInt8(ascii: "}"))
    }

    /// Brings the members into their order, whose texts begin at `begin`.
    private mutating func order(from first: Int, at begin: Int) {
        let isInOrder = zip(members[first...], members[first...].dropFirst()).allSatisfy { !precedes($1.key, $0.key) }
        guard !isInOrder else { return }
        let ordered = members[first...].sorted { precedes($0.key, $1.key) }
        let unordered = Array(text[begin...])
        text.removeSubrange(begin...)
        for (index, member) in ordered.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(contentsOf: unordered[(member.text.lowerBound - begin)..<(member.text.upperBound - begin)])
        }
    }

    private func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard let base = source.baseAddress else { return false }
        let order = memcmp(base + left.lowerBound, base + right.lowerBound, min(left.count, right.count))
        return order == 0 ? left.count < right.count : order < 0
    }
}

extension JSONText {
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    private mutating func simple(_ head: CBORHead) throws(RPCError) {
        switch head.initial {
        case CBORSimple.true: append("true")
        case CBORSimple.false: append("false")
        case CBORSimple.null, CBORSimple.undefined: append("null")
        case CBORSimple.float:
            let number = Float(bitPattern: UInt32(truncatingIfNeeded: head.argument))
            try fraction(Double(number), number.description)
        case CBORSimple.double:
            let number = Double(bitPattern: head.argument)
            try fraction(number, number.description)
        default: throw Self.unwritable
        }
    }

    /// Whole numbers without a point, as Go writes them. JSON knows no others than finite ones.
    private mutating func fraction(_ number: Double, _ description: String) throws(RPCError) {
        guard number.isFinite else { throw Self.unwritable }
        append(description.hasSuffix(".0") ? String(description.dropLast(2)) : description)
    }

    private mutating func append(_ ascii: String) { text.append(contentsOf: ascii.utf8) }

    private mutating func digits(_ number: UInt64) {
        let start = text.count
        var rest = number
        repeat {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        text[start...].reverse()
    }

    private mutating func numbers(_ range: Range<Int>) {
        text.append(UInt8(ascii: "["))
        for index in range {
            if index > range.lowerBound { text.append(UInt8(ascii: ",")) }
            digits(UInt64(source[index]))
        }
        text.append(UInt8(ascii: "]"))
    }

    /// What needs no escape is copied in one go.
    private mutating func quoted(_ range: Range<Int>) {
        text.append(UInt8(ascii: "\""))
        var start = range.lowerBound
        for index in range where Self.isEscaped(source[index]) {
            text.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<index]))
            escape(source[index])
            start = index + 1
        }
        text.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<range.upperBound]))
        text.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        text.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: text.append(UInt8(ascii: "b"))
        case 0x09: text.append(UInt8(ascii: "t"))
        case 0x0a: text.append(UInt8(ascii: "n"))
        case 0x0c: text.append(UInt8(ascii: "f"))
        case 0x0d: text.append(UInt8(ascii: "r"))
        case 0..<0x20:
            append("u00")
            text.append(Self.hexadecimal[Int(byte >> 4)])
            text.append(Self.hexadecimal[Int(byte & 0xf)])
        default: text.append(byte)
        }
    }
}
