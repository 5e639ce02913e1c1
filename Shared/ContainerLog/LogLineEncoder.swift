// Writes an entry as one line of Docker's json-file format.

/// Renders entries byte for byte as dockerd's json-file driver does:
/// `{"log":"…\n","stream":"stdout","attrs":{…},"time":"2024-01-01T00:00:00.123456789Z"}` and a newline.
public struct LogLineEncoder: Sendable {
    /// `"attrs":{…},` ready to copy, or nothing.
    private let attributes: [UInt8]
    /// What follows the text, which is the same for all lines of one time.
    private var tail: [UInt8] = []
    private var tailTime: Int64?
    private var tailStream = LogStream.stdout

    public init(attributes: [String: String] = [:]) {
        guard !attributes.isEmpty else {
            self.attributes = []
            return
        }
        var rendered = Array(#""attrs":{"#.utf8)
        for (index, pair) in attributes.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { rendered.append(UInt8(ascii: ",")) }
            Self.appendString(pair.key, to: &rendered)
            rendered.append(UInt8(ascii: ":"))
            Self.appendString(pair.value, to: &rendered)
        }
        self.attributes = rendered + Array("},".utf8)
    }

    /// Appends one line. `bytes` is what the process wrote, with its newline if it has one.
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ stream: LogStream, at time: Int64, to line: inout [UInt8]) {
        if tailTime != time || tailStream != stream { setTail(stream, time) }
        line.append(UInt8(ascii: "{"))
        if !bytes.isEmpty {
            line.append(contentsOf: #""log":"#.utf8)
            JSONString.append(bytes, to: &line)
            line.append(UInt8(ascii: ","))
        }
        line.append(contentsOf: tail)
    }

    private mutating func setTail(_ stream: LogStream, _ time: Int64) {
        tail.removeAll(keepingCapacity: true)
        tail.append(contentsOf: stream == .stdout ? #""stream":"stdout","#.utf8 : #""stream":"stderr","#.utf8)
        tail.append(contentsOf: attributes)
        tail.append(contentsOf: #""time":""#.utf8)
        LogTime.append(time, to: &tail)
        tail.append(contentsOf: "\"}\n".utf8)
        (tailTime, tailStream) = (time, stream)
    }

    private static func appendString(_ string: String, to line: inout [UInt8]) {
        var copy = string
        copy.withUTF8 { JSONString.append($0, to: &line) }
    }
}

/// A JSON string with the escapes of Go's encoder.
enum JSONString {
    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// Appends `bytes` in quotes. What is no UTF-8 becomes `\ufffd`, a byte at a time.
    static func append(_ bytes: UnsafeBufferPointer<UInt8>, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        var index = 0
        var plainStart = 0
        while index < bytes.count {
            index = endOfPlainBlocks(bytes, from: index)
            guard index < bytes.count else { break }
            let length = plainLength(bytes, at: index)
            if length > 0 {
                index += length
                continue
            }
            line.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[plainStart..<index]))
            index += appendEscape(bytes, at: index, to: &line)
            plainStart = index
        }
        line.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[plainStart..<index]))
        line.append(UInt8(ascii: "\""))
    }

    /// Skips blocks of 8 characters of ASCII that all stand as they are.
    private static func endOfPlainBlocks(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = start
        while index + 8 <= bytes.count, ByteBlock.isPlain(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) { index += 8 }
        return index
    }

    /// Length of the character at `index` if it can stand as it is, else 0.
    private static func plainLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let byte = bytes[index]
        if byte < 0x80 {
            switch byte {
            case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): return 0
            default: return 1
            }
        }
        let length = UTF8Sequence.length(bytes, at: index)
        return length == 3 && isLineSeparator(bytes, at: index) ? 0 : length
    }

    /// U+2028 and U+2029, which JavaScript takes for line ends.
    private static func isLineSeparator(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        bytes[index] == 0xE2 && bytes[index + 1] == 0x80 && (bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9)
    }

    /// Appends the escape for the character at `index`; returns how many bytes it stood for.
    private static func appendEscape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, to line: inout [UInt8]) -> Int {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): line.append(contentsOf: [UInt8(ascii: "\\"), byte])
        case UInt8(ascii: "\n"): line.append(contentsOf: #"\n"#.utf8)
        case UInt8(ascii: "\r"): line.append(contentsOf: #"\r"#.utf8)
        case 0..<0x80:
            line.append(contentsOf: #"\u00"#.utf8)
            line.append(hexDigits[Int(byte >> 4)])
            line.append(hexDigits[Int(byte & 15)])
        default:
            guard UTF8Sequence.length(bytes, at: index) == 3 else {
                line.append(contentsOf: #"\ufffd"#.utf8)
                return 1
            }
            line.append(contentsOf: #"\u202"#.utf8)
            line.append(hexDigits[Int(bytes[index + 2] & 15)])
            return 3
        }
        return 1
    }
}

/// Eight bytes looked at together.
private enum ByteBlock {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Whether all are ASCII, and none is a control character, a quote, a backslash, `<`, `>` or `&`.
    @inline(__always)
    static func isPlain(_ block: UInt64) -> Bool {
        let control = (block &- ones &* 0x20) & ~block
        // `<` and `>` are one bit apart.
        let markup = zero((block | ones &* 0x02) ^ ones &* 0x3E) | zero(block ^ ones &* 0x26)
        let quoted = zero(block ^ ones &* 0x22) | zero(block ^ ones &* 0x5C)
        return (block | control | markup | quoted) & highBits == 0
    }

    /// The highest bit of each byte that is zero; above such a byte, bits may be set that mean nothing.
    @inline(__always)
    private static func zero(_ block: UInt64) -> UInt64 { (block &- ones) & ~block }
}

/// Well-formedness of UTF-8 as Unicode's table 3-7 has it.
enum UTF8Sequence {
    /// Length of the well-formed sequence that starts at `index`; 0 if there is none.
    static func length(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let length = expectedLength(bytes[index])
        guard length > 0, index + length <= bytes.count else { return 0 }
        if length == 1 { return 1 }
        guard secondByteRange(after: bytes[index]).contains(bytes[index + 1]) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Bytes a sequence takes that starts with `lead`; 0 if none does.
    static func expectedLength(_ lead: UInt8) -> Int {
        switch lead {
        case 0..<0x80: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    private static func secondByteRange(after lead: UInt8) -> ClosedRange<UInt8> {
        switch lead {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
    }

    /// Bytes at the end of `bytes` that begin a character and don't complete it: 0 to 3.
    static func incompleteTail(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            return expectedLength(byte) > back ? back : 0
        }
        return 0
    }
}
