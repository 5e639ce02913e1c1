// The catalogue in memory and on disk, changed by one at a time.
import Contracts
import Dispatch
import GRDB
import Persistence
import ServiceKit
import Synchronization

/// Owns the database. Reads come from memory and never wait; changes queue up.
final class CatalogStore: Sendable {
    private let writer: any DatabaseWriter
    private struct State {
        var catalog: Catalog
        var watches = CatalogWatches()
    }

    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "berth.images.catalog", qos: .userInitiated)

    /// Opens or makes the database. Throws `StoreError`, `DatabaseError`, `FileError` or `CatalogDamage`.
    init(path: String) throws {
        let store = try Store(path: path, migrations: CatalogSchema.migrations)
        writer = store.writer
        state = Mutex(State(catalog: try store.writer.read(Catalog.load)))
    }

    /// What was committed last.
    var catalog: Catalog { state.withLock { $0.catalog } }

    /// All images and names there are, and what is committed from then on; `endWatch` ends it.
    func watch() -> (id: UInt64, beginning: [WatchImages.Outbound], changes: AsyncStream<[ImageChange]>) {
        let (id, catalog, changes) = state.withLock { state in
            let (id, changes) = state.watches.listen()
            return (id, state.catalog, changes)
        }
        return (id, catalog.told, changes)
    }

    func endWatch(_ id: UInt64) {
        state.withLock { $0.watches.leave(id) }
    }

    /// Runs `body` while nobody else changes the catalogue or moves files in or out of the store.
    ///
    /// It runs to its end even when the caller is cancelled: a rename and the commit that belongs to it aren't torn apart.
    func exclusively<R: Sendable>(_ body: @escaping @Sendable (Session) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(
                    with: Result {
                        try writer.writeWithoutTransaction { try body(Session(store: self, database: $0)) }
                    })
            }
        }
    }

    /// The right to change the catalogue, for the time of one `exclusively`.
    struct Session {
        fileprivate let store: CatalogStore
        fileprivate let database: Database

        var catalog: Catalog { store.catalog }

        /// Makes all changes durable, then visible. Throws `DatabaseError`, and nothing has changed.
        func commit(_ changes: [CatalogChange]) throws {
            if changes.isEmpty { return }
            try database.inTransaction(.immediate) {
                for change in changes { try change.write(database) }
                FaultPoint.reach(ImageFault.catalogWritten)
                return .commit
            }
            store.state.withLock { state in
                for change in changes { state.catalog.apply(change) }
                state.watches.tell(changes)
            }
        }
    }
}
