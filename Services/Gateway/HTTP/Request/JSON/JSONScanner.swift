// Reads one JSON document (RFC 8259) with the tolerance and the words of Go's encoding/json: broken UTF-8 and lone surrogates become
// U+FFFD, and clients find in an error what they look for.

/// What is wrong with a document, and where.
struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    let words: String
    /// Bytes from the beginning.
    let offset: Int

    var description: String { "\(words) (at byte \(offset))" }
}

/// A cursor over a document's bytes.
struct JSONScanner {
    /// Arrays and objects within one another.
    static let depthLimit = 200
    /// Values in a document: each takes much more memory than it may take bytes. Enough for a container that publishes every port,
    /// which is about five values a port.
    static let valueLimit = 1 << 19

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var count = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The first document. Errors: `JSONSyntaxError`.
    mutating func document() throws(JSONSyntaxError) -> JSONValue { try value() }

    /// Whether only white space follows.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        count += 1
        guard count <= Self.valueLimit else { throw failure("more than \(Self.valueLimit) values") }
        switch peek {
        case UInt8(ascii: "{"): return try nested { scanner throws(JSONSyntaxError) in try scanner.object() }
        case UInt8(ascii: "["): return try nested { scanner throws(JSONSyntaxError) in try scanner.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(_ body: (inout JSONScanner) throws(JSONSyntaxError) -> JSONValue) throws(JSONSyntaxError) -> JSONValue {
        depth += 1
        guard depth <= Self.depthLimit else { throw failure("exceeded max depth") }
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var object = JSONObject()
        position += 1
        skipSpace()
        if take("}") { return .object(object) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw unexpected("looking for beginning of object key string") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw unexpected("after object key") }
            object.set(key, try value())
            skipSpace()
            if take("}") { return .object(object) }
            guard take(",") else { throw unexpected("after object key:value pair") }
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        position += 1
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw unexpected("after array element") }
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for byte in word.utf8 {
            guard peek == byte else { throw unexpected("in literal \(word) (expecting '\(Character(Unicode.Scalar(byte)))')") }
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        let isNegative = take("-")
        if !take("0") { try digits(isNegative ? "in numeric literal" : "looking for beginning of value") }
        if take(".") { try digits("after decimal point in numeric literal") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits("in exponent of numeric literal")
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits(_ place: String) throws(JSONSyntaxError) {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw unexpected(place) }
    }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if peek == UInt8(ascii: "\"") {
            position += 1
            return String(decoding: bytes[start..<position - 1], as: UTF8.self)
        }
        return try escapedString(from: start)
    }

    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var text = Array(bytes[start..<position])
        while let byte = peek {
            guard byte >= 0x20 else { throw unexpected("in string literal") }
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") { text += Array(String(try escape()).utf8) } else { text.append(byte) }
        }
        throw unexpected("in string literal")
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard let byte = peek else { throw unexpected("in string literal") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw unexpected("in string escape code")
        }
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let mark = position
        if first < 0xdc00, take("\\"), take("u") {
            let second = try hexadecimal()
            if (0xdc00...0xdfff).contains(second), let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) {
                return scalar
            }
        }
        position = mark
        return "\u{fffd}"
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        let end = position + 4
        guard end <= bytes.count, let value = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16) else {
            throw unexpected("in \\u hexadecimal character escape")
        }
        position = end
        return value
    }

    // MARK: The cursor

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    /// The byte at the cursor can't be `place`; or there is none.
    private func unexpected(_ place: String) -> JSONSyntaxError {
        guard let byte = peek else { return failure("unexpected EOF") }
        return failure("invalid character \(Self.quoted(byte)) \(place)")
    }

    private static func quoted(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"): #"'\''"#
        case UInt8(ascii: "\n"): #"'\n'"#
        case 0x20..<0x7f: "'\(Character(Unicode.Scalar(byte)))'"
        default: "'\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "'"
        }
    }

    private func failure(_ words: String) -> JSONSyntaxError { JSONSyntaxError(words: words, offset: position) }
}
