// What is written to the gateway's database, one case a kind of change.
import Foundation
import GRDB
import RPC

/// A change on its way to the disk. Encoding happens where it is written, not where it is made.
enum StateChange: Sendable {
    case insert(ContainerRecord)
    /// Name and everything else that is fixed at creation, except for the state.
    case redefine(ContainerRecord)
    case state(id: String, RunState)
    case delete(id: String)
    /// Volumes that are about to be made for a container that isn't on record yet.
    case intend(id: String, volumes: [String])
    case giveUp(id: String)
    /// What is known of an operation that failed or took long.
    case trace(id: String, [Span])
    case event(EventRecord)
    /// The boot that the engine's containers were looked after in.
    case boot(String)
    /// Forgets events below this sequence number.
    case forgetEvents(before: Int64)

    func apply(to database: Database) throws {
        switch self {
        case .insert(let record):
            try database.change(
                "INSERT INTO container (id, name, definition, state) VALUES (?, ?, ?, ?)",
                arguments: [
                    record.id, record.name, try StateCoding.encode(record.definition), try StateCoding.encode(record.state),
                ])
            try database.change("DELETE FROM intention WHERE id = ?", arguments: [record.id])
        case .redefine(let record):
            try database.change(
                "UPDATE container SET name = ?, definition = ? WHERE id = ?",
                arguments: [record.name, try StateCoding.encode(record.definition), record.id])
        case .state(let id, let state):
            try database.change(
                "UPDATE container SET state = ? WHERE id = ?", arguments: [try StateCoding.encode(state), id])
        case .delete(let id):
            try database.change("DELETE FROM container WHERE id = ?", arguments: [id])
            try database.change("DELETE FROM trace WHERE id = ?", arguments: [id])
        case .intend(let id, let volumes):
            try database.change(
                "INSERT OR REPLACE INTO intention (id, volumes) VALUES (?, ?)", arguments: [id, try StateCoding.encode(volumes)])
        case .giveUp(let id):
            try database.change("DELETE FROM intention WHERE id = ?", arguments: [id])
        case .trace(let id, let spans):
            try database.change(
                "INSERT OR REPLACE INTO trace (id, spans) VALUES (?, ?)", arguments: [id, try StateCoding.encode(spans)])
        case .event(let event):
            try database.change(
                "INSERT INTO event (sequence, body) VALUES (?, ?)",
                arguments: [event.sequence, try StateCoding.encode(event)])
        case .boot(let id):
            try database.change("INSERT OR REPLACE INTO engine (key, value) VALUES ('boot', ?)", arguments: [id])
        case .forgetEvents(let sequence):
            try database.change("DELETE FROM event WHERE sequence < ?", arguments: [sequence])
        }
    }
}

extension Database {
    /// Runs one statement, which is parsed when it is run for the first time only.
    fileprivate func change(_ sql: String, arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

/// Documents in the database are JSON, so that any SQLite shell shows them.
enum StateCoding {
    static func encode(_ value: some Encodable) throws -> Data {
        Data(try JSONText.encode(value))
    }

    static func decode<T: Decodable>(_ type: T.Type, from data: Data) throws -> T {
        try JSONDecoder().decode(type, from: data)
    }
}
