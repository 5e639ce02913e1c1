// Times in queries.
import Models
import RPC

extension QueryParameters {
    /// Nanoseconds since 1970; nil when absent or empty. Errors: `invalidParameter`.
    func time(_ name: String, now: Int64) throws -> Int64? {
        guard let text = text(name) else { return nil }
        guard let time = TimeText.parse(text, now: now) else {
            throw RPCError(.invalidParameter, "failed to parse value as time or duration: \"\(text)\" (\(name))")
        }
        return time
    }
}
