// How long to leave a service alone that can't be reached.

/// Grows from one failure to the next, with some chance in it so that many clients don't come back in step.
struct Backoff: Sendable {
    private static let first = Duration.milliseconds(5)
    private static let longest = Duration.seconds(1)

    private var failures = 0
    /// Before this, no attempt is made.
    private(set) var notBefore = ContinuousClock.now

    mutating func failed(at now: ContinuousClock.Instant = .now) {
        let delay = min(Self.first * (1 << min(failures, 10)), Self.longest)
        failures += 1
        notBefore = now + delay * Double.random(in: 0.75...1.25)
    }

    mutating func succeeded() { self = Backoff() }
}
