// The time of a response, as HTTP writes times.
import Glibc
import Synchronization

enum HTTPDate {
    private struct Stamp {
        var second: time_t
        var text: String
    }

    private static let last = Mutex(Stamp(second: -1, text: ""))

    /// Now: `Sun, 06 Nov 1994 08:49:37 GMT`. Written once a second.
    static var now: String {
        let second = time(nil)
        return last.withLock { stamp in
            if stamp.second != second { stamp = Stamp(second: second, text: text(second)) }
            return stamp.text
        }
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter second: since 1970.
    static func text(_ second: time_t) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        let day = "\(days[Int(parts.tm_wday)]), \(padded(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return "\(day) \(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)) GMT"
    }

    private static func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
