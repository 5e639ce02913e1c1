// Which endpoints answered lately, and which didn't.
import Synchronization

/// Remembers failures for a while, so that a dead mirror, or a scheme a registry doesn't speak, costs one request and not each.
final class EndpointHealth: Sendable {
    private let failures = Mutex<[RegistryEndpoint: ContinuousClock.Instant]>([:])

    /// How long a failure counts.
    static let memory = Duration.seconds(30)

    func failed(_ endpoint: RegistryEndpoint, now: ContinuousClock.Instant = .now) {
        failures.withLock { $0[endpoint] = now }
    }

    func answered(_ endpoint: RegistryEndpoint) {
        failures.withLock { $0[endpoint] = nil }
    }

    /// Those without a recent failure first; none is left out, and order is kept otherwise.
    func ordered(_ endpoints: [RegistryEndpoint], now: ContinuousClock.Instant = .now) -> [RegistryEndpoint] {
        let failed = failures.withLock { failures in
            failures = failures.filter { $0.value + Self.memory > now }
            return Set(failures.keys)
        }
        return endpoints.filter { !failed.contains($0) } + endpoints.filter(failed.contains)
    }
}
