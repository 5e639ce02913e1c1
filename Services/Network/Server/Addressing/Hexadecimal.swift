// Hexadecimal text and random identifiers made of it.

/// Lower-case hexadecimal digits.
enum Hexadecimal {
    static func text(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
    }

    /// `bytes` random bytes as twice as many digits.
    static func random(bytes: Int) -> String {
        RandomBytes.make(bytes).map(text).joined()
    }
}

/// Bytes nobody can foresee.
enum RandomBytes {
    /// The system is asked for eight at a time.
    static func make(_ count: Int) -> [UInt8] {
        let words = (0..<(count + 7) / 8).map { _ in UInt64.random(in: 0 ... .max) }
        return Array(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }.prefix(count))
    }
}
