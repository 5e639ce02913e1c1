// Bounds how many layers are downloaded at once.

/// Lets so many through and has the others wait, in order; who is cancelled while waiting leaves.
actor DownloadSlots {
    private var width: Int
    /// Below zero when there are fewer slots than there were, and all of those are taken.
    private var free: Int
    private var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    private var nextID: UInt64 = 0

    init(width: Int) {
        self.width = width
        free = width
    }

    /// From now on there are so many; those that are taken too many end as they would.
    func resize(to width: Int) {
        free += width - self.width
        self.width = width
        while free > 0, !waiting.isEmpty {
            free -= 1
            waiting.removeFirst().continuation.resume()
        }
    }

    /// Takes a slot. Throws `CancellationError`.
    func enter() async throws {
        try Task.checkCancellation()
        if free > 0 {
            free -= 1
            return
        }
        nextID += 1
        let id = nextID
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled { continuation.resume(throwing: CancellationError()) } else { waiting.append((id, continuation)) }
            }
        } onCancel: {
            Task { await self.giveUp(id) }
        }
    }

    /// Gives the slot back.
    func leave() {
        if waiting.isEmpty || free < 0 { free += 1 } else { waiting.removeFirst().continuation.resume() }
    }

    private func giveUp(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
    }
}
