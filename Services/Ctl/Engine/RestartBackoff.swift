// How long to wait before a service that ended is started again.

/// Doubles from a tenth of a second to ten seconds; a service that ran for ten seconds starts afresh.
struct RestartBackoff: Equatable {
    static let first = Duration.milliseconds(100)
    static let longest = Duration.seconds(10)
    static let steady = Duration.seconds(10)

    private var next = first

    /// The wait after a run of this length.
    mutating func delay(afterRunning time: Duration) -> Duration {
        if time >= Self.steady { next = Self.first }
        defer { next = min(next * 2, Self.longest) }
        return next
    }
}
