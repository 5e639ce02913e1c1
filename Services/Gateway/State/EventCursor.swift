// A reader of the journal.
import Models

/// Reads the events that somebody asked for: those since a time or after a number, and, without an end, those to come.
public actor EventCursor {
    /// Where a reader begins.
    public enum Start: Sendable, Equatable {
        /// Begins with what happens from now on.
        case now
        /// Nanoseconds since 1970.
        case since(Int64)
        /// The number of the last event that the reader has had.
        case after(Int64)
    }

    private let journal: EventJournal
    private let filter: EventFilter
    private let since: Int64
    private let until: Int64?
    /// Nothing is told that a crash may take back, and what is lost is told of.
    private let isGapFree: Bool
    /// nil until the journal was searched for the time asked for.
    private var position: Int64?
    private var page: ArraySlice<EventRecord> = []

    /// - Parameters:
    ///   - until: nanoseconds since 1970, after which it ends; nil for never.
    ///   - isGapFree: readers tell by numbers what they have had.
    public init(_ journal: EventJournal, filter: EventFilter, from start: Start, until: Int64?, isGapFree: Bool = false) {
        self.journal = journal
        self.filter = filter
        self.until = until
        self.isGapFree = isGapFree
        switch start {
        // Fixed now, not at the first read: nothing that happens in between is missed.
        case .now: (position, since) = (journal.end, 0)
        case .since(let time): (position, since) = (nil, time)
        case .after(let number): (position, since) = (number + 1, 0)
        }
        journal.addSubscriber(1)
    }

    deinit { journal.addSubscriber(-1) }

    /// The next event; nil when the end asked for has passed, or the task is cancelled.
    public func next() async throws -> EventRecord? {
        while !Task.isCancelled {
            while let event = page.popFirst() {
                if let until, event.time > until { return nil }
                if event.isGap || (event.time >= since && filter.matches(event)) { return event }
            }
            guard try await readPage() else { return nil }
        }
        return nil
    }

    /// False when the end is reached: of the journal and of the time asked for.
    private func readPage() async throws -> Bool {
        let position: Int64
        if let known = self.position { position = known } else { position = try await journal.position(of: since) }
        let end = journal.end
        page = try await journal.events(from: position, areDurable: isGapFree)[...]
        // Where there is none, there was none up to that end.
        self.position = page.last.map { $0.sequence + 1 } ?? max(position, end)
        if let first = page.first {
            if isGapFree, first.sequence > position { page.insert(.gap(from: position, before: first), at: page.startIndex) }
            return true
        }
        guard let until else {
            await journal.waitForEvents(from: max(position, end))
            return true
        }
        let now = WallClock.now()
        guard until > now else { return false }
        await waitForEvents(from: max(position, end), atMost: .nanoseconds(until - now))
        return true
    }

    private func waitForEvents(from position: Int64, atMost duration: Duration) async {
        let journal = journal
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await journal.waitForEvents(from: position) }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
