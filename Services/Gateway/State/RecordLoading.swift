// Reads all containers' records. One that can't be read is set aside: the others don't suffer for it.
import Foundation
import GRDB

/// A container whose record this version can't read.
public struct UnreadableRecord: Sendable, Equatable {
    public let id: String
    public let name: String
    /// Why, in the decoder's words.
    public let reason: String
}

enum RecordLoading {
    /// Loads all records. Tries those again that were set aside before: this may be a version that can read them.
    static func load(_ database: Database) throws -> (records: [ContainerRecord], unreadable: [UnreadableRecord]) {
        try takeBack(database)
        var (records, unreadable): ([ContainerRecord], [UnreadableRecord]) = ([], [])
        for row in try Row.fetchAll(database, sql: "SELECT id, name, definition, state FROM container") {
            do {
                records.append(try record(row))
            } catch {
                unreadable.append(UnreadableRecord(id: row["id"], name: row["name"], reason: "\(error)"))
                try move(row["id"], from: "container", to: "unreadable", database)
            }
        }
        for row in try Row.fetchAll(database, sql: "SELECT id, name FROM unreadable") {
            let (id, name): (String, String) = (row["id"], row["name"])
            guard !unreadable.contains(where: { $0.id == id }) else { continue }
            unreadable.append(UnreadableRecord(id: id, name: name, reason: "it was set aside before"))
        }
        return (records, unreadable)
    }

    private static func record(_ row: Row) throws -> ContainerRecord {
        ContainerRecord(
            try StateCoding.decode(ContainerDefinition.self, from: row["definition"]),
            state: try StateCoding.decode(RunState.self, from: row["state"]))
    }

    /// Unless its name is taken by now.
    private static func takeBack(_ database: Database) throws {
        let sql = "SELECT * FROM unreadable WHERE name NOT IN (SELECT name FROM container)"
        for row in try Row.fetchAll(database, sql: sql) where (try? record(row)) != nil {
            try move(row["id"], from: "unreadable", to: "container", database)
        }
    }

    private static func move(_ id: String, from source: String, to target: String, _ database: Database) throws {
        let columns = "id, name, definition, state"
        try database.execute(
            sql: "INSERT OR REPLACE INTO \(target) (\(columns)) SELECT \(columns) FROM \(source) WHERE id = ?", arguments: [id])
        try database.execute(sql: "DELETE FROM \(source) WHERE id = ?", arguments: [id])
    }
}
