// A path as Linux has it: bytes, not text.

/// A path or file name. Names in layers need not be UTF-8, and must come out as they went in.
struct RawPath: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Without the final NUL.
    let bytes: [UInt8]

    init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
    init(_ text: String) { bytes = Array(text.utf8) }
    init(stringLiteral text: String) { self.init(text) }

    init(cString: UnsafePointer<CChar>) {
        var bytes: [UInt8] = []
        var next = cString
        while next.pointee != 0 {
            bytes.append(UInt8(bitPattern: next.pointee))
            next += 1
        }
        self.bytes = bytes
    }

    /// As C takes it.
    var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    /// For messages: what isn't UTF-8 is replaced.
    var description: String { String(decoding: bytes, as: UTF8.self) }

    func hasPrefix(_ prefix: String) -> Bool { bytes.starts(with: prefix.utf8) }
}
