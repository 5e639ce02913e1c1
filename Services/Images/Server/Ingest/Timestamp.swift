// Points in time as the store counts them and as images write them.
import CLinux
import Glibc

/// Nanoseconds since 1970, and RFC 3339.
enum Timestamp {
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The furthest second either way that nanoseconds reach to.
    private static let horizon: Int64 = 9_223_372_036

    /// Of a time that may be beyond what nanoseconds reach to, as those of files may: the horizon then.
    static func clamped(seconds: Int64, nanoseconds: Int64) -> Int64 {
        guard -horizon < seconds, seconds < horizon else { return seconds.signum() * horizon * 1_000_000_000 }
        return seconds * 1_000_000_000 + nanoseconds
    }

    /// `2006-01-02T15:04:05.999999999Z`, without trailing zeros of the fraction, as Go writes it.
    static func text(_ nanoseconds: Int64) -> String {
        let (seconds, fraction) = floorDivide(nanoseconds, by: 1_000_000_000)
        let (days, second) = floorDivide(seconds, by: 86_400)
        let (year, month, day) = date(daysSince1970: days)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { pad($0, 2) }.joined(separator: ":")
        var digits = pad(fraction, 9)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(clock)\(digits.isEmpty ? "" : ".\(digits)")Z"
    }

    /// nil for what isn't RFC 3339, or doesn't fit.
    static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2d, bytes[7] == 0x2d, [0x54, 0x74, 0x20].contains(bytes[10]),
            bytes[13] == 0x3a, bytes[16] == 0x3a,
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == 0x2e {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(digits.count), let value = number(digits) else { return nil }
            fraction = (digits.count..<9).reduce(value) { value, _ in value * 10 }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = zone(rest) else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, excess) = scaled.addingReportingOverflow(fraction)
        return overflow || excess ? nil : sum
    }

    /// Seconds east of UTC.
    private static func zone(_ text: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(text)
        if bytes == [0x5a] || bytes == [0x7a] { return 0 }
        guard bytes.count == 6, bytes[0] == 0x2b || bytes[0] == 0x2d, bytes[3] == 0x3a, let hours = number(bytes[1..<3]),
            let minutes = number(bytes[4..<6])
        else { return nil }
        return (bytes[0] == 0x2d ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        digits.allSatisfy { (0x30...0x39).contains($0) } ? Int64(String(decoding: digits, as: UTF8.self)) : nil
    }

    /// Of the proleptic Gregorian calendar, by counting from March 1st of a year 0 in cycles of 400 years.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let (cycle, yearOfCycle) = floorDivide(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - 719_468
    }

    private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (cycle, dayOfCycle) = floorDivide(days + 719_468, by: 146_097)
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
