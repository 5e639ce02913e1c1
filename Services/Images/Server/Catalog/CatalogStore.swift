// The catalogue in memory and on disk, changed by one at a time.
import Dispatch
import GRDB
import Persistence
import ServiceKit
import Synchronization

/// Owns the database. Reads come from memory and never wait; changes queue up.
final class CatalogStore: Sendable {
    private let writer: any DatabaseWriter
    private let state: Mutex<Catalog>
    private let queue = DispatchQueue(label: "berth.images.catalog", qos: .userInitiated)

    /// Opens or makes the database. Throws `StoreError`, `DatabaseError`, `FileError` or `CatalogDamage`.
    init(path: String) throws {
        let store = try Store(path: path, migrations: CatalogSchema.migrations)
        writer = store.writer
        state = Mutex(try store.writer.read(Catalog.load))
    }

    /// What was committed last.
    var catalog: Catalog { state.withLock { $0 } }

    /// Runs `body` while nobody else changes the catalogue or moves files in or out of the store.
    ///
    /// It runs to its end even when the caller is cancelled: a rename and the commit that belongs to it aren't torn apart.
    func exclusively<R: Sendable>(_ body: @escaping @Sendable (Session) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(with: Result {
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
            store.state.withLock { catalog in
                for change in changes { catalog.apply(change) }
            }
        }
    }
}
