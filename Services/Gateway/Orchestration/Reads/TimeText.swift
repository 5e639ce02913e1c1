// Points in time as filters write them.
import Models
import RPC

enum TimeText {
    private static let second: Int64 = 1_000_000_000
    private static let units: [Character: Int64] = ["s": second, "m": 60 * second, "h": 3600 * second]

    /// A Unix time (`1700000000`, `1700000000.5`), RFC 3339, or how long ago (`10m`, `1h30m`). Nanoseconds since 1970.
    static func parse(_ text: String, now: Int64) throws(RPCError) -> Int64 {
        if let time = EngineTime(rfc3339: text)?.nanoseconds { return time }
        if let seconds = Double(text), seconds.magnitude < 9e9 { return Int64(seconds * 1e9) }
        guard let duration = duration(text) else {
            throw RPCError(.invalidParameter, "failed to parse value as time or duration: \"\(text)\"")
        }
        return now - duration
    }

    private static func duration(_ text: String) -> Int64? {
        var total: Int64 = 0
        var digits = ""
        guard !text.isEmpty, text.utf8.count < 32 else { return nil }
        for character in text {
            guard let unit = units[character] else {
                digits.append(character)
                continue
            }
            guard let number = Int64(digits), number >= 0, number < 1_000_000 else { return nil }
            total += number * unit
            digits = ""
        }
        return digits.isEmpty ? total : nil
    }
}
