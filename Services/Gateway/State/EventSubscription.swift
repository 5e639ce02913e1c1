// A reader of the journal.

/// The events of the journal that a reader asked for: those since a time, and, without an end, those to come.
public struct EventSubscription: AsyncSequence, Sendable {
    public typealias Element = EventRecord
    public typealias Failure = any Error

    private let journal: EventJournal
    private let filter: EventFilter
    private let since: Int64?
    private let until: Int64?
    private let start: Int64

    /// - Parameters:
    ///   - since: nanoseconds since 1970; nil for live events only.
    ///   - until: nanoseconds since 1970, after which the sequence ends; nil for never.
    public init(_ journal: EventJournal, filter: EventFilter, since: Int64?, until: Int64?) {
        self.journal = journal
        self.filter = filter
        self.since = since
        self.until = until
        // Fixed now, not at the first read: nothing that happens in between is missed.
        start = since == nil ? journal.end : 0
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(journal: journal, filter: filter, since: since ?? 0, until: until, cursor: start)
    }

    public final class Iterator: AsyncIteratorProtocol {
        private let journal: EventJournal
        private let filter: EventFilter
        private let since: Int64
        private let until: Int64?
        private var cursor: Int64
        private var page: ArraySlice<EventRecord> = []

        init(journal: EventJournal, filter: EventFilter, since: Int64, until: Int64?, cursor: Int64) {
            self.journal = journal
            self.filter = filter
            self.since = since
            self.until = until
            self.cursor = cursor
            journal.addSubscriber(1)
        }

        deinit { journal.addSubscriber(-1) }

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
            page = try await journal.events(from: cursor)[...]
            if let last = page.last {
                cursor = last.sequence + 1
                return true
            }
            if let until {
                let remaining = until - WallClock.now()
                guard remaining > 0 else { return false }
                await waitForEvents(atMost: .nanoseconds(remaining))
            } else {
                await journal.waitForEvents(from: cursor)
            }
            return true
        }

        private func waitForEvents(atMost duration: Duration) async {
            let journal = journal
            let cursor = cursor
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await journal.waitForEvents(from: cursor) }
                group.addTask { try? await Task.sleep(for: duration) }
                await group.next()
                group.cancelAll()
            }
        }
    }
}
