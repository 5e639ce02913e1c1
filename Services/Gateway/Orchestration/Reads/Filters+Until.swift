// The filter `until` of lists and prunes.
import Models
import RPC

extension Filters {
    /// Nanoseconds since 1970; nil without the filter. Errors: `invalidParameter`.
    func until(now: Int64) throws(RPCError) -> Int64? {
        guard let text = values("until").first else { return nil }
        guard let time = TimeText.parse(text, now: now) else {
            throw RPCError(.invalidParameter, "failed to parse value as time or duration: \"\(text)\"")
        }
        return time
    }
}
