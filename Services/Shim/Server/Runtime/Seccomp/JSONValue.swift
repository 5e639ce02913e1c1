// JSON (RFC 8259) for seccomp profiles, which is all that a shim ever reads of it.

enum JSONValue: Equatable {
    case null
    case bool(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    struct Failure: Error, Equatable {
        let message: String
        /// Bytes before it.
        let offset: Int
    }

    /// Values nested deeper than this are refused.
    static let deepest = 32

    /// Of a name used twice, the last counts.
    static func parse(_ text: String) throws(Failure) -> JSONValue {
        var parser = JSONParser(bytes: Array(text.utf8))
        let value = try parser.value(depth: 0)
        try parser.end()
        return value
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var offset = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    func failure(_ message: String) -> JSONValue.Failure { .init(message: message, offset: offset) }

    mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[offset]) { offset += 1 }
    }

    /// The next byte that isn't white space.
    mutating func next() throws(JSONValue.Failure) -> UInt8 {
        skipSpace()
        guard offset < bytes.count else { throw failure("unexpected end of JSON input") }
        return bytes[offset]
    }

    mutating func end() throws(JSONValue.Failure) {
        skipSpace()
        guard offset == bytes.count else { throw failure("invalid character after top-level value") }
    }

    mutating func value(depth: Int) throws(JSONValue.Failure) -> JSONValue {
        guard depth < JSONValue.deepest else { throw failure("exceeded max depth") }
        switch try next() {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONValue.Failure) -> JSONValue {
        guard bytes[offset...].starts(with: word.utf8) else { throw failure("invalid character looking for beginning of value") }
        offset += word.utf8.count
        return value
    }

    /// Takes the byte if it is the next.
    private mutating func take(_ byte: Character) throws(JSONValue.Failure) -> Bool {
        guard try next() == byte.asciiValue else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ byte: Character) throws(JSONValue.Failure) {
        guard try take(byte) else { throw failure("expected '\(byte)'") }
    }

    private mutating func object(depth: Int) throws(JSONValue.Failure) -> [String: JSONValue] {
        try expect("{")
        var members: [String: JSONValue] = [:]
        if try take("}") { return members }
        repeat {
            guard try next() == UInt8(ascii: "\"") else { throw failure("invalid character looking for beginning of object key string") }
            let key = try string()
            try expect(":")
            members[key] = try value(depth: depth + 1)
        } while try take(",")
        try expect("}")
        return members
    }

    private mutating func array(depth: Int) throws(JSONValue.Failure) -> [JSONValue] {
        try expect("[")
        var elements: [JSONValue] = []
        if try take("]") { return elements }
        repeat { elements.append(try value(depth: depth + 1)) } while try take(",")
        try expect("]")
        return elements
    }

    private mutating func number() throws(JSONValue.Failure) -> String {
        let start = offset
        while offset < bytes.count, Self.numberBytes.contains(bytes[offset]) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard Double(text) != nil else { throw failure("invalid character looking for beginning of value") }
        return text
    }

    private static let numberBytes = Set("+-.0123456789eE".utf8)

    private mutating func string() throws(JSONValue.Failure) -> String {
        offset += 1
        var content: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): content += try escape()
            case 0..<0x20: throw failure("invalid control character in string literal")
            default: content.append(byte)
            }
        }
        throw failure("unexpected end of JSON input")
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5c, UInt8(ascii: "/"): 0x2f, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0c, UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09,
    ]

    private mutating func escape() throws(JSONValue.Failure) -> [UInt8] {
        guard offset < bytes.count else { throw failure("unexpected end of JSON input") }
        let byte = bytes[offset]
        offset += 1
        if let plain = Self.escapes[byte] { return [plain] }
        guard byte == UInt8(ascii: "u") else { throw failure("invalid character in string escape code") }
        return Array(String(Character(try scalar())).utf8)
    }

    /// A lone surrogate becomes the replacement character.
    private mutating func scalar() throws(JSONValue.Failure) -> Unicode.Scalar {
        let first = try unit()
        let isLeading = (0xd800..<0xdc00).contains(first)
        guard isLeading, bytes[offset...].starts(with: "\\u".utf8) else { return Unicode.Scalar(first) ?? "\u{fffd}" }
        offset += 2
        let second = try unit()
        guard (0xdc00..<0xe000).contains(second) else { return "\u{fffd}" }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) ?? "\u{fffd}"
    }

    private mutating func unit() throws(JSONValue.Failure) -> UInt32 {
        let digits = String(decoding: bytes[offset...].prefix(4), as: UTF8.self)
        guard digits.utf8.count == 4, let unit = UInt32(digits, radix: 16) else { throw failure("invalid \\u escape") }
        offset += 4
        return unit
    }
}
