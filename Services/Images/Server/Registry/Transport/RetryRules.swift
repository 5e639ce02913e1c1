// Whether a failed request is worth another, and when.

/// Pure: the same failure after the same number of attempts has the same answer.
struct RetryRules: Sendable, Equatable {
    /// Attempts in all.
    var attempts: Int
    /// Before the second attempt; doubled for each further one.
    var delay: Duration

    /// A registry that asks for more than this is not waited for.
    static let longestWait = Duration.seconds(600)

    /// How long to wait before the next attempt; nil gives up. `failed` counts the attempts so far, at least 1.
    func wait(after failure: RegistryFailure, failed: Int) -> Duration? {
        guard failed < attempts else { return nil }
        let backoff = delay * (1 << min(failed - 1, 10))
        switch failure {
        case .transport: return backoff
        case .answer(let answer):
            guard answer.status == 429 || answer.status == 408 || answer.status >= 500 else { return nil }
            guard let asked = answer.retryAfter else { return answer.status == 429 ? max(backoff, .seconds(2)) : backoff }
            return asked <= Self.longestWait ? asked : nil
        default: return nil
        }
    }

    /// Parses `Retry-After`, in seconds; nil for a date, which `date` tells the distance to.
    static func retryAfter(_ text: String, date: (String) -> Int64?) -> Duration? {
        if let seconds = Int64(text) { return seconds < 0 ? nil : .seconds(seconds) }
        return date(text).map { .seconds(max(0, $0)) }
    }
}
