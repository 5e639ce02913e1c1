// Times as the Engine API writes them: RFC 3339 with nanoseconds, trailing zeros trimmed, and Go's zero time for never.

/// A point in time with nanoseconds, or Go's zero time for "never".
public struct EngineTime: Sendable, Equatable, Hashable {
    /// Nanoseconds since 1970; nil for Go's zero time, `0001-01-01T00:00:00Z`.
    public var nanoseconds: Int64?

    public init(nanoseconds: Int64?) { self.nanoseconds = nanoseconds }

    /// Go's zero time.
    public static let never = EngineTime(nanoseconds: nil)

    /// RFC 3339 in UTC: `2026-03-01T12:00:00.25Z`. The fraction has no trailing zeros and is left out when it is zero.
    public var rfc3339: String {
        guard let nanoseconds else { return "0001-01-01T00:00:00Z" }
        return Self.seconds(nanoseconds) + Self.trimmedFraction(nanoseconds) + "Z"
    }

    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    private static func split(_ nanoseconds: Int64) -> (seconds: Int64, fraction: Int64) {
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: nanosecondsPerSecond)
        return fraction < 0 ? (seconds - 1, fraction + nanosecondsPerSecond) : (seconds, fraction)
    }

    private static func seconds(_ nanoseconds: Int64) -> String {
        let seconds = split(nanoseconds).seconds
        let secondOfDay = ((seconds % 86_400) + 86_400) % 86_400
        let date = CivilDate(daysSince1970: (seconds - secondOfDay) / 86_400)
        let clock = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map { padded($0, to: 2) }.joined(separator: ":")
        return "\(padded(date.year, to: 4))-\(padded(date.month, to: 2))-\(padded(date.day, to: 2))T\(clock)"
    }

    private static func fraction(_ nanoseconds: Int64) -> String { padded(split(nanoseconds).fraction, to: 9) }

    private static func trimmedFraction(_ nanoseconds: Int64) -> String {
        var digits = fraction(nanoseconds)
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "" : "." + digits
    }

    private static func padded(_ value: Int64, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension EngineTime: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = EngineTime(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is not an RFC 3339 time")
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}
