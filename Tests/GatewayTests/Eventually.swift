// Waits for what other tasks bring about.

/// Waits until a condition holds; false when it doesn't for a long time.
func holdsEventually(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<3000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}
