// Hexadecimal text and random identifiers made of it.

/// Lower-case hexadecimal digits.
enum Hexadecimal {
    static func text(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
    }

    /// `bytes` random bytes as twice as many digits.
    static func random(bytes: Int) -> String {
        (0..<bytes).map { _ in text(UInt8.random(in: 0 ... .max)) }.joined()
    }
}
