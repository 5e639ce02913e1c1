// Appends CBOR data items (RFC 8949) to a buffer.

/// The bytes of data items, in order. Heads are as short as they can be; containers are of definite length.
struct CBORWriter {
    private(set) var bytes: [UInt8]

    init(bytes: [UInt8] = []) { self.bytes = bytes }

    var count: Int { bytes.count }

    mutating func integer(_ value: some FixedWidthInteger) {
        if value < 0 {
            // -1 - value is the complement, which can't overflow.
            head(.negative, UInt64(truncatingIfNeeded: ~value))
        } else {
            head(.unsigned, UInt64(truncatingIfNeeded: value))
        }
    }

    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            head(.text, UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func byteString(_ value: [UInt8]) {
        head(.bytes, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func bool(_ value: Bool) { bytes.append(value ? CBORSimple.true : CBORSimple.false) }

    mutating func null() { bytes.append(CBORSimple.null) }

    mutating func float(_ value: Float) {
        bytes.append(CBORSimple.float)
        bigEndian(value.bitPattern)
    }

    mutating func double(_ value: Double) {
        bytes.append(CBORSimple.double)
        bigEndian(value.bitPattern)
    }

    mutating func map(count: Int) { head(.map, UInt64(count)) }

    /// Opens an array or map whose count isn't known yet; returns where, for `close`.
    mutating func open(_ major: CBORMajor) -> Int {
        bytes.append(major.rawValue << 5)
        return bytes.count - 1
    }

    /// Writes the count of the container opened at `offset`. The contents move only when it has 24 elements or more.
    mutating func close(_ offset: Int, count: UInt64) {
        let major = bytes[offset] & CBORMajor.mask
        guard count >= 24 else {
            bytes[offset] = major | UInt8(truncatingIfNeeded: count)
            return
        }
        var head = CBORWriter()
        head.head(major, count)
        bytes.replaceSubrange(offset...offset, with: head.bytes)
    }

    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// Writes over bytes that are there already.
    mutating func overwrite(at offset: Int, with value: UInt32) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index)) }
    }

    private mutating func head(_ major: CBORMajor, _ argument: UInt64) { head(major.rawValue << 5, argument) }

    private mutating func head(_ major: UInt8, _ argument: UInt64) {
        switch argument {
        case 0..<24:
            bytes.append(major | UInt8(truncatingIfNeeded: argument))
        case 24...0xff:
            bytes.append(major | 24)
            bytes.append(UInt8(truncatingIfNeeded: argument))
        case 0x100...0xffff:
            bytes.append(major | 25)
            bigEndian(UInt16(truncatingIfNeeded: argument))
        case 0x1_0000...0xffff_ffff:
            bytes.append(major | 26)
            bigEndian(UInt32(truncatingIfNeeded: argument))
        default:
            bytes.append(major | 27)
            bigEndian(argument)
        }
    }

    private mutating func bigEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
