// Durations as Go writes them: `1h30m`, `1.5s`, `-300ms`.

public enum GoDuration {
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// Nanoseconds; nil for what isn't a duration or doesn't fit.
    public static func parse(_ text: some StringProtocol) -> Int64? {
        if text == "0" { return 0 }
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest.removeFirst(digits.count)
            let word = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest.removeFirst(word.count)
            guard let value = Double(digits), let unit = units.first(where: { $0.suffix == word }) else { return nil }
            total += value * unit.nanoseconds
        }
        guard total < 9.2e18 else { return nil }
        return Int64(isNegative ? -total : total)
    }
}
