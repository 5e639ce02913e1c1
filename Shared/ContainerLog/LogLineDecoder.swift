// Reads one line of a json-file log, whatever state it is in.

/// A tolerant parser of one flat JSON object: keys in any order, unknown ones skipped.
struct LogLineDecoder {
    /// Nesting of values under unknown keys that is still followed.
    private static let maximumDepth = 16
    /// Bytes of an RFC 3339 time, and some to spare.
    private static let longestTime = 40

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// nil when the line is no entry: cut short, garbled, or without a time.
    static func decode(_ line: UnsafeBufferPointer<UInt8>) -> LogEntry? {
        var decoder = LogLineDecoder(line)
        if let entry = decoder.usualEntry() { return entry }
        decoder.index = 0
        return decoder.entry()
    }

    /// An entry as it is written here when it has no attributes: what nearly all are, taken apart without looking for keys.
    private mutating func usualEntry() -> LogEntry? {
        guard take(#"{"log":"#), let bytes = string(), take(#","stream":"std"#) else { return nil }
        let isOutput = take(#"out","time":""#)
        guard isOutput || take(#"err","time":""#), self.bytes.count - index > 2 else { return nil }
        let text = UnsafeBufferPointer(rebasing: self.bytes[index..<(self.bytes.count - 2)])
        index += text.count
        guard take("\"}"), let time = LogTime.parse(text) else { return nil }
        return LogEntry(stream: isOutput ? .stdout : .stderr, bytes: bytes, timeNanoseconds: time)
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard bytes.holds(text, at: index) else { return false }
        index += text.utf8CodeUnitCount
        return true
    }

    /// The time of an entry that ends with it, as ours do, without looking at the rest; nil for others.
    static func time(atEndOf line: UnsafeBufferPointer<UInt8>) -> Int64? {
        let mark = StaticString(#""time":""#)
        guard line.count > mark.utf8CodeUnitCount + 2, line[line.count - 1] == UInt8(ascii: "}"), line[line.count - 2] == UInt8(ascii: "\"")
        else { return nil }
        let end = line.count - 2
        guard let quote = line[max(0, end - longestTime)..<end].lastIndex(of: UInt8(ascii: "\"")) else { return nil }
        let start = quote + 1 - mark.utf8CodeUnitCount
        guard start > 0, line.holds(mark, at: start) else { return nil }
        return LogTime.parse(UnsafeBufferPointer(rebasing: line[(quote + 1)..<end]))
    }

    private mutating func entry() -> LogEntry? {
        var entry = LogEntry(stream: .stdout, bytes: [], timeNanoseconds: 0)
        var hasTime = false
        let isWhole = object { decoder, key in
            switch key {
            case "log": return decoder.string().map { entry.bytes = $0 } != nil
            case "stream": return decoder.text().flatMap(LogStream.init).map { entry.stream = $0 } != nil
            case "attrs": return decoder.attributes().map { entry.attrs = $0 } != nil
            case "time":
                guard let time = decoder.text().flatMap({ LogTime.parse($0) }) else { return false }
                entry.timeNanoseconds = time
                hasTime = true
                return true
            default: return decoder.skipValue(depth: 0)
            }
        }
        return isWhole && hasTime && isAtEnd() ? entry : nil
    }

    private mutating func attributes() -> [String: String]? {
        var result: [String: String] = [:]
        let isWhole = object { decoder, key in decoder.text().map { result[key] = $0 } != nil }
        return isWhole ? result : nil
    }

    /// Walks over an object; `member` reads the value of each key and says whether it could.
    private mutating func object(_ member: (inout LogLineDecoder, String) -> Bool) -> Bool {
        guard skip("{") else { return false }
        if skip("}") { return true }
        repeat {
            guard let key = text(), skip(":"), member(&self, key) else { return false }
        } while skip(",")
        return skip("}")
    }

    private mutating func skipValue(depth: Int) -> Bool {
        skipSpace()
        guard depth < Self.maximumDepth, index < bytes.count else { return false }
        switch bytes[index] {
        case UInt8(ascii: "\""): return string() != nil
        case UInt8(ascii: "{"): return object { decoder, _ in decoder.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["): return skipArray(depth: depth)
        default: return skipWord()
        }
    }

    private mutating func skipArray(depth: Int) -> Bool {
        guard skip("[") else { return false }
        if skip("]") { return true }
        repeat {
            guard skipValue(depth: depth + 1) else { return false }
        } while skip(",")
        return skip("]")
    }

    /// A number, `true`, `false` or `null`.
    private mutating func skipWord() -> Bool {
        let start = index
        while index < bytes.count, isWordCharacter(bytes[index]) { index += 1 }
        return index > start
    }

    private func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") }

    private mutating func skipSpace() {
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    }

    private mutating func isAtEnd() -> Bool {
        skipSpace()
        return index == bytes.count
    }
}

/// Strings.
extension LogLineDecoder {
    private mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }

    /// The bytes a JSON string stands for.
    private mutating func string() -> [UInt8]? {
        guard skip("\"") else { return nil }
        var result: [UInt8] = []
        while index < bytes.count {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
            result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
            guard index < bytes.count else { return nil }
            index += 1
            if bytes[index - 1] == UInt8(ascii: "\"") { return result }
            guard appendEscape(to: &result) else { return nil }
        }
        return nil
    }

    private mutating func appendEscape(to result: inout [UInt8]) -> Bool {
        guard index < bytes.count else { return false }
        defer { index += 1 }
        switch bytes[index] {
        case UInt8(ascii: "n"): result.append(10)
        case UInt8(ascii: "r"): result.append(13)
        case UInt8(ascii: "t"): result.append(9)
        case UInt8(ascii: "b"): result.append(8)
        case UInt8(ascii: "f"): result.append(12)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(bytes[index])
        case UInt8(ascii: "u"): return appendUnicodeEscape(to: &result)
        default: return false
        }
        return true
    }

    /// `index` is at the `u`, and is left at the last digit. A surrogate without its partner becomes U+FFFD.
    private mutating func appendUnicodeEscape(to result: inout [UInt8]) -> Bool {
        guard var value = hexDigits(at: index + 1) else { return false }
        index += 4
        if value & 0xFC00 == 0xD800, let low = lowSurrogate(at: index + 1) {
            value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            index += 6
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        return true
    }

    private func lowSurrogate(at start: Int) -> UInt32? {
        guard start + 1 < bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u"),
            let value = hexDigits(at: start + 2), value & 0xFC00 == 0xDC00
        else { return nil }
        return value
    }

    private func hexDigits(at start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[start..<start + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }
}
