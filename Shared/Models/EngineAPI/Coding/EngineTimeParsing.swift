// Reads RFC 3339 times.

extension EngineTime {
    /// Reads `2026-03-01T12:00:00[.fraction](Z|±hh:mm)`, and Go's zero time as never; nil for anything else.
    public init?(rfc3339 text: String) {
        var reader = TimeReader(text)
        guard let date = reader.date(), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let clock = reader.clock(), let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        guard date != CivilDate(year: 1, month: 1, day: 1) else {
            self = .never
            return
        }
        let seconds = date.daysSince1970 * 86_400 + clock - offset
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow, scaled <= Int64.max - fraction else { return nil }
        nanoseconds = scaled + fraction
    }
}

/// Walks over the bytes of a time.
private struct TimeReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Exactly `count` digits.
    mutating func number(_ count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    mutating func date() -> CivilDate? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2) else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        return date.isValid ? date : nil
    }

    /// Seconds of the day.
    mutating func clock() -> Int64? {
        guard let hours = number(2), skip(":"), let minutes = number(2), skip(":"), let seconds = number(2),
            hours < 24, minutes < 60, seconds < 60
        else { return nil }
        return hours * 3600 + minutes * 60 + seconds
    }

    /// Nanoseconds; 0 when there is no fraction.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix { (48...57).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        let value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
        return (digits.count..<9).reduce(value) { scaled, _ in scaled * 10 }
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let isWest = skip("-")
        guard isWest || skip("+"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return isWest ? -seconds : seconds
    }
}
