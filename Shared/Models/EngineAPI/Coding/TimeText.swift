// Times in queries and filters: Unix seconds, RFC 3339, dates, and durations back from now.

public enum TimeText {
    /// Nanoseconds since 1970; nil for what isn't a time. Dates and times without a zone are in UTC.
    public static func parse(_ text: String, now: Int64) -> Int64? {
        if let seconds = unixTime(text) { return seconds }
        if let ago = GoDuration.parse(text) {
            let (time, overflow) = now.subtractingReportingOverflow(ago)
            return overflow ? (ago > 0 ? .min : .max) : time
        }
        for candidate in [text, text + "Z", text + ":00Z", text + "T00:00:00Z"] {
            if let time = EngineTime(rfc3339: candidate) { return time.nanoseconds ?? 0 }
        }
        return nil
    }

    /// `seconds[.fraction]`, the fraction with up to nine digits.
    private static func unixTime(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = parts.first.flatMap({ Int64($0) }) else { return nil }
        var fraction: Int64 = 0
        if parts.count == 2 {
            guard (1...9).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            fraction = Int64(parts[1] + String(repeating: "0", count: 9 - parts[1].utf8.count)) ?? 0
        }
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, excess) = scaled.addingReportingOverflow(fraction)
        // A time that far away is after or before everything.
        return overflow || excess ? (seconds < 0 ? .min : .max) : sum
    }
}
