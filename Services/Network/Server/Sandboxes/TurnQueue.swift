// Has the calls for one container wait for one another, and nobody else.

/// Who is at work on which key, and who waits for them. Lives in an actor.
struct TurnQueue {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// True when the key is free; it is the caller's from now on.
    mutating func begin(_ key: String) -> Bool {
        guard waiting[key] == nil else { return false }
        waiting[key] = []
        return true
    }

    /// Resumes `continuation` when the key is the caller's.
    mutating func wait(for key: String, _ continuation: CheckedContinuation<Void, Never>) {
        if begin(key) { continuation.resume() } else { waiting[key]?.append(continuation) }
    }

    /// Passes the key on to who has waited longest.
    mutating func end(_ key: String) {
        guard var queue = waiting[key] else { return }
        if queue.isEmpty {
            waiting[key] = nil
        } else {
            queue.removeFirst().resume()
            waiting[key] = queue
        }
    }
}
