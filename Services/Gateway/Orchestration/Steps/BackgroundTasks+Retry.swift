// Background work that is tried again until it succeeds.

extension BackgroundTasks {
    /// Runs `attempt` after a pause, and again after each that throws, until one doesn't or the engine ends. Pauses double.
    func retry(
        after first: Duration = .seconds(1), atMost longest: Duration = .seconds(60), _ attempt: @escaping @Sendable () async throws -> Void
    ) {
        start {
            var pause = first
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: pause)
                    return try await attempt()
                } catch {
                    pause = min(pause * 2, longest)
                }
            }
        }
    }
}
