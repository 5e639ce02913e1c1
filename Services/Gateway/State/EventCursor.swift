// A reader of the journal.

/// Reads the events that somebody asked for: those since a time, and, without an end, those to come.
public actor EventCursor {
    private let journal: EventJournal
    private let filter: EventFilter
    private let since: Int64
    private let until: Int64?
    private var position: Int64
    private var page: ArraySlice<EventRecord> = []

    /// - Parameters:
    ///   - since: nanoseconds since 1970; nil for live events only.
    ///   - until: nanoseconds since 1970, after which it ends; nil for never.
    public init(_ journal: EventJournal, filter: EventFilter, since: Int64?, until: Int64?) {
        self.journal = journal
        self.filter = filter
        self.since = since ?? 0
        self.until = until
        // Fixed now, not at the first read: nothing that happens in between is missed.
        position = since == nil ? journal.end : 0
        journal.addSubscriber(1)
    }

    deinit { journal.addSubscriber(-1) }

    /// The next event; nil when the end asked for has passed, or the task is cancelled.
    public func next() async throws -> EventRecord? {
        while !Task.isCancelled {
            while let event = page.popFirst() {
                if let until, event.time > until { return nil }
                if event.time >= since, filter.matches(event) { return event }
            }
            guard try await readPage() else { return nil }
        }
        return nil
    }

    /// False when the end is reached: of the journal and of the time asked for.
    private func readPage() async throws -> Bool {
        page = try await journal.events(from: position)[...]
        if let last = page.last {
            position = last.sequence + 1
            return true
        }
        guard let until else {
            await journal.waitForEvents(from: position)
            return true
        }
        let remaining = until - WallClock.now()
        guard remaining > 0 else { return false }
        await waitForEvents(atMost: .nanoseconds(remaining))
        return true
    }

    private func waitForEvents(atMost duration: Duration) async {
        let (journal, position) = (journal, position)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await journal.waitForEvents(from: position) }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
