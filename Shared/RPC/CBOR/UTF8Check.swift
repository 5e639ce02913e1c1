// Whether bytes are UTF-8, without making a string of them.

enum UTF8Check {
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        let start = skipASCII(bytes, range)
        guard start < range.upperBound else { return true }
        return String(validating: bytes[start..<range.upperBound], as: UTF8.self) != nil
    }

    // Eight bytes at a time: nearly every text of the protocol is ASCII throughout.
    private static func skipASCII(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
        var offset = range.lowerBound
        let raw = UnsafeRawBufferPointer(bytes)
        while range.upperBound - offset >= 8 {
            guard raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 else { return offset }
            offset += 8
        }
        while offset < range.upperBound, bytes[offset] < 0x80 { offset += 1 }
        return offset
    }
}
