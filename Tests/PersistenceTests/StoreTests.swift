// The database: its schema's versions, its durability settings, its privacy.
import GRDB
import Glibc
import Persistence
import Testing

@Suite struct StoreTests {
    private let first = Migration("1") { try $0.execute(sql: "CREATE TABLE item (name TEXT PRIMARY KEY)") }
    private let second = Migration("2") { try $0.execute(sql: "ALTER TABLE item ADD COLUMN size INTEGER NOT NULL DEFAULT 7") }

    @Test func migratesOnceAndKeepsRows() throws {
        try TemporaryDirectory.with { directory in
            let path = "\(directory)/store.db"
            let old = try Store(path: path, migrations: [first])
            try old.writer.write { try $0.execute(sql: "INSERT INTO item (name) VALUES ('a')") }
            try old.writer.close()
            let new = try Store(path: path, migrations: [first, second])
            #expect(try new.writer.read { try Int.fetchOne($0, sql: "SELECT size FROM item WHERE name = 'a'") } == 7)
        }
    }

    /// Others may fill the disk; what frees space again must still be written down.
    @Test func writesOnADiskThatOthersHaveFilled() throws {
        try TemporaryDirectory.with { directory in
            guard mount("tmpfs", directory, "tmpfs", 0, "size=8m") == 0 else {
                Issue.record("a file system for the test can't be mounted: \(errno)")
                return
            }
            defer { umount2(directory, Int32(MNT_DETACH)) }
            let store = try Store(path: "\(directory)/store.db", migrations: [first])
            for number in 0..<20 { try store.writer.write { try $0.execute(sql: "INSERT INTO item (name) VALUES (\(number))") } }
            let filler = open("\(directory)/filler", O_WRONLY | O_CREAT, 0o600)
            let block = [UInt8](repeating: 1, count: 4096)
            while write(filler, block, block.count) > 0 {}
            close(filler)
            for number in 0..<400 {
                try store.writer.write { try $0.execute(sql: "UPDATE item SET name = 'n\(number)' WHERE rowid = \(number % 20 + 1)") }
            }
            try store.writer.close()
        }
    }

    @Test func refusesANewerSchema() throws {
        try TemporaryDirectory.with { directory in
            let path = "\(directory)/store.db"
            try Store(path: path, migrations: [first, second]).writer.close()
            let error = #expect(throws: StoreError.self) { try Store(path: path, migrations: [first]) }
            #expect(error?.description.contains(path) == true)
            #expect(error?.description.contains("newer version") == true)
        }
    }

    @Test func failedMigrationLeavesTheOldSchema() throws {
        try TemporaryDirectory.with { directory in
            let path = "\(directory)/store.db"
            try Store(path: path, migrations: [first]).writer.close()
            let broken = Migration("2") { database in
                try database.execute(sql: "CREATE TABLE half (x)")
                try database.execute(sql: "nonsense")
            }
            #expect(throws: DatabaseError.self) { try Store(path: path, migrations: [first, broken]) }
            let store = try Store(path: path, migrations: [first])
            #expect(try store.writer.read { try $0.tableExists("half") } == false)
            #expect(try store.writer.read { try $0.tableExists("item") })
        }
    }

    @Test(arguments: [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")])
    func pragma(name: String, value: String) throws {
        try TemporaryDirectory.with { directory in
            let store = try Store(path: "\(directory)/store.db", migrations: [first])
            #expect(try store.writer.read { try String.fetchOne($0, sql: "PRAGMA \(name)") } == value)
        }
    }

    @Test func onlyTheOwnerReadsIt() throws {
        try TemporaryDirectory.with { directory in
            let store = try Store(path: "\(directory)/store.db", migrations: [first])
            try store.writer.write { try $0.execute(sql: "INSERT INTO item (name) VALUES ('a')") }
            for file in ["store.db", "store.db-wal"] {
                #expect(try TemporaryDirectory.mode("\(directory)/\(file)") == 0o600)
            }
        }
    }

    @Test func missingDirectoryIsNamed() {
        let error = #expect(throws: FileError.self) { try Store(path: "/nonexistent/store.db", migrations: []) }
        #expect(error?.description == "open /nonexistent/store.db: No such file or directory")
    }
}
