// The authorization that registries gave, until it expires.
import Contracts

/// Remembers what an endpoint wanted for a scope and a user, so that only the first request is refused.
actor TokenCache {
    struct Key: Hashable, Sendable {
        var endpoint: String
        var scopes: [RegistryScope]
        var credentials: RegistryCredentials?
    }

    private struct Entry {
        var header: String
        var expires: ContinuousClock.Instant
    }

    private var entries: [Key: Entry] = [:]
    /// Entries that are kept; the oldest go first.
    private static let capacity = 1000

    /// The `Authorization` header's value.
    func header(_ key: Key, now: ContinuousClock.Instant = .now) -> String? {
        guard let entry = entries[key], entry.expires > now else {
            entries[key] = nil
            return nil
        }
        return entry.header
    }

    func keep(_ header: String, _ key: Key, for lifetime: Duration, now: ContinuousClock.Instant = .now) {
        if entries.count >= Self.capacity { entries = entries.filter { $0.value.expires > now } }
        if entries.count >= Self.capacity, let oldest = entries.min(by: { $0.value.expires < $1.value.expires }) {
            entries[oldest.key] = nil
        }
        entries[key] = Entry(header: header, expires: now + lifetime)
    }

    func forget(_ key: Key) { entries[key] = nil }
}
