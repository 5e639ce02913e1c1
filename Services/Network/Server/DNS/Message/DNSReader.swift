// Reads the parts of a DNS message, whatever the bytes are.

/// What is wrong with a message.
enum DNSFormatError: Error, Sendable, Equatable {
    /// It ends too early.
    case short
    /// A label of a kind that RFC 1035 doesn't have.
    case labelKind
    /// More than 255 bytes.
    case longName
    /// A compression pointer that doesn't lead back.
    case pointer
}

/// A position in a message that moves on with each read. Never reads beyond the end, and every read ends.
struct DNSReader {
    let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    mutating func byte() throws(DNSFormatError) -> UInt8 {
        guard position < bytes.count else { throw .short }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func short() throws(DNSFormatError) -> UInt16 {
        let high = try byte()
        return UInt16(high) << 8 | UInt16(try byte())
    }

    mutating func long() throws(DNSFormatError) -> UInt32 {
        let high = try short()
        return UInt32(high) << 16 | UInt32(try short())
    }

    /// Passes over that many bytes, and tells which they were.
    mutating func skip(_ count: Int) throws(DNSFormatError) -> Range<Int> {
        guard count <= bytes.count - position else { throw .short }
        defer { position += count }
        return position..<(position + count)
    }

    /// Follows compression pointers, each of which must lead further back than the one before, so that there is an end.
    mutating func name() throws(DNSFormatError) -> DNSName {
        var wire: [UInt8] = []
        var cursor = position
        var lowest = position
        var hasJumped = false
        while true {
            guard cursor < bytes.count else { throw .short }
            let length = Int(bytes[cursor])
            switch length & 0xc0 {
            case 0x00:
                guard cursor + length < bytes.count else { throw .short }
                wire += bytes[cursor...(cursor + length)]
                guard wire.count <= DNSName.maximumBytes else { throw .longName }
                cursor += length + 1
                if !hasJumped { position = cursor }
                if length == 0 { return DNSName(checked: wire) }
            case 0xc0:
                guard cursor + 1 < bytes.count else { throw .short }
                let target = (length & 0x3f) << 8 | Int(bytes[cursor + 1])
                guard target < lowest else { throw .pointer }
                if !hasJumped { position = cursor + 2 }
                hasJumped = true
                lowest = target
                cursor = target
            default:
                throw .labelKind
            }
        }
    }
}
