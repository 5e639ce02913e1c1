// RFC 3339 times with nanoseconds, as Docker writes and reads them, without a calendar library.

/// Formats and parses instants as nanoseconds since 1970, in UTC.
public enum LogTime {
    public enum Style: Sendable {
        /// Zeros at the end of the fraction are left out, as Go's `RFC3339Nano` does: log files and the API.
        case trimmed
        /// Always nine digits: `docker logs --timestamps`.
        case fixed
    }

    static let secondsPerDay: Int64 = 86_400
    static let nanosecondsPerSecond: Int64 = 1_000_000_000

    public static func string(_ nanoseconds: Int64, _ style: Style = .trimmed) -> String {
        var bytes: [UInt8] = []
        append(nanoseconds, style, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text to a buffer: what the writer of a log does for each line.
    public static func append(_ nanoseconds: Int64, _ style: Style = .trimmed, to bytes: inout [UInt8]) {
        let (second, fraction) = floored(nanoseconds, by: nanosecondsPerSecond)
        let (day, time) = floored(second, by: secondsPerDay)
        let date = civil(fromDays: day)
        appendDigits(date.year, 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.month, 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.day, 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendDigits(time / 3600, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(time / 60 % 60, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(time % 60, 2, to: &bytes)
        appendFraction(fraction, style, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Reads `2024-01-02T03:04:05[.fraction](Z|±hh:mm)`; nil for anything else and for years that don't fit.
    public static func parse(_ text: String) -> Int64? {
        var copy = text
        return copy.withUTF8 { parse($0) }
    }

    public static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var scanner = TimeScanner(text)
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), scanner.skip("T") || scanner.skip("t"), let hour = scanner.number(2), scanner.skip(":"),
            let minute = scanner.number(2), scanner.skip(":"), let second = scanner.number(2),
            let fraction = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        guard (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        let seconds = days(year: year, month: month, day: day) * secondsPerDay + hour * 3600 + minute * 60 + second - offset
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: nanosecondsPerSecond)
        let (sum, carried) = whole.addingReportingOverflow(fraction)
        return overflow || carried ? nil : sum
    }

    private static func appendDigits(_ value: Int64, _ width: Int, to bytes: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    private static func appendFraction(_ fraction: Int64, _ style: Style, to bytes: inout [UInt8]) {
        var (value, width) = (fraction, 9)
        if style == .trimmed {
            if value == 0 { return }
            while value % 10 == 0 { (value, width) = (value / 10, width - 1) }
        }
        bytes.append(UInt8(ascii: "."))
        appendDigits(value, width, to: &bytes)
    }
}

/// Days since 1970 and the proleptic Gregorian calendar, by Howard Hinnant's era arithmetic.
extension LogTime {
    static func floored(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = floored(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floored(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    static func daysIn(month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Walks over the text of a time.
private struct TimeScanner {
    private let text: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var isAtEnd: Bool { index == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Nanoseconds; digits beyond the ninth are read and dropped. 0 without a fraction.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var (value, width) = (Int64(0), 0)
        while let digit = digit() {
            if width < 9 { value = value * 10 + digit }
            width += 1
        }
        guard width > 0 else { return nil }
        while width < 9 { (value, width) = (value * 10, width + 1) }
        return value
    }

    /// Seconds east of Greenwich.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64 = skip("+") ? 1 : -1
        guard sign == 1 || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func digit() -> Int64? {
        guard index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) else { return nil }
        defer { index += 1 }
        return Int64(text[index] - UInt8(ascii: "0"))
    }
}
