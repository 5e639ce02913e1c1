// The dates of HTTP headers (RFC 9110, 5.6.7).

enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Seconds from `now`, in nanoseconds since 1970, to `Sun, 06 Nov 1994 08:49:37 GMT`; nil for another format.
    static func distance(_ text: String, now: Int64) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let number = month + 1
        let time = Timestamp.parse("\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
        return time.map { $0 / 1_000_000_000 - now / 1_000_000_000 }
    }
}
