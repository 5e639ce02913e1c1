// Sizes in words, as Docker's clients and options write them.

/// `5`, `512b`, `64k`, `1.5g`, `10 MiB`: units are powers of 1024.
public enum ByteCount {
    private static let units: [Character: Int] = ["k": 10, "m": 20, "g": 30, "t": 40, "p": 50]

    /// nil for what is no size, or none above 0.
    public static func parse(_ text: String) -> Int64? {
        let lower = text.lowercased()
        let digits = lower.prefix { $0 == "." || $0.isASCII && $0.isNumber }
        guard digits.first != ".", digits.last != ".", let number = Double(digits) else { return nil }
        var unit = lower.dropFirst(digits.count)
        if unit.first == " " { unit.removeFirst() }
        var shift = 0
        if let first = unit.first, let power = units[first] {
            shift = power
            unit.removeFirst()
        }
        guard ["", "b", "ib", "i"].contains(unit) else { return nil }
        let bytes = number * Double(1 << shift)
        return bytes >= 1 && bytes < Double(Int64.max) ? Int64(bytes) : nil
    }
}
