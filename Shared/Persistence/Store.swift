// A service's one database.
import CLinux
import GRDB
import Glibc

/// A step that takes the schema from one version to the next, run once, in order.
public struct Migration: Sendable {
    /// Unique and never changed once released.
    public var id: String
    public var apply: @Sendable (Database) throws -> Void

    public init(_ id: String, _ apply: @escaping @Sendable (Database) throws -> Void) {
        self.id = id
        self.apply = apply
    }
}

/// A database that can't be opened, with what to do about it.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// An SQLite database that its service alone opens.
///
/// Write-ahead log with full synchronisation: a write that returned survives the loss of power, so a service may
/// acknowledge what it wrote. Reads are meant to be served from memory; this is for what must last.
public struct Store: Sendable {
    /// Serialises all access.
    public var writer: any DatabaseWriter

    /// Opens or makes the database (mode 0600) and brings its schema up to date.
    ///
    /// Throws `StoreError` when a newer version of the engine has migrated it further, and `DatabaseError`.
    public init(path: String, migrations: [Migration]) throws {
        try Self.makeFile(path)
        let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
        // Only now: switching to the write-ahead log lowers it to NORMAL, which may lose acknowledged writes with the power.
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)") }
        try Self.migrate(queue, migrations, path: path)
        Self.reserveSpace(path)
        writer = queue
    }

    /// Pages of the write-ahead log that are gathered before they go to the database: fewer than fit into what is reserved.
    private static let checkpointPages = 200
    /// Bytes of the disk that are kept for the log and for the growth of the database.
    private static let reservedForLog: Int64 = 1 << 20
    private static let reservedForGrowth: Int64 = 256 << 10

    /// On a disk that others have filled, what frees space again has to be written down first. Not every file system can do it.
    private static func reserveSpace(_ path: String) {
        _ = clinux_reserve_space("\(path)-wal", 0, reservedForLog)
        _ = clinux_reserve_space(path, 1, reservedForGrowth)
    }

    /// SQLite would make it readable for all; its log files take this file's mode.
    private static func makeFile(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(call: "open", path: path, code: errno) }
        close(descriptor)
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        return configuration
    }

    private static func migrate(_ queue: DatabaseQueue, _ migrations: [Migration], path: String) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.id, migrate: migration.apply)
        }
        if try queue.read(migrator.hasBeenSuperseded) {
            throw StoreError("\(path) was written by a newer version of the engine; install that version or a later one")
        }
        try migrator.migrate(queue)
    }
}
