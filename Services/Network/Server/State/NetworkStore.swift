// What the network service remembers across its own restarts and those of the host.
import GRDB
import Persistence

/// The service's database.
struct NetworkStore: Sendable {
    private let writer: any DatabaseWriter

    /// A remembered value besides networks and sandboxes.
    enum Setting: String, Sendable {
        /// The kernel's boot ID under which the sandboxes were made.
        case bootID
        /// `yes` when it was this engine that turned the host's forwarding on.
        case enabledForwarding
        /// As `enabledForwarding`, for IPv6.
        case enabledForwardingV6
        /// The range that IPv6 subnets are cut from.
        case uniqueLocalPrefix
        /// `yes` once every link that the engine makes gets its mark: without, an earlier version may have made the bridge.
        case marksLinks
        /// The address that the engine gave to a default bridge of the host's.
        case lentAddress
    }

    init(path: String) throws {
        writer = try Store(path: path, migrations: NetworkSchema.migrations).writer
    }

    /// From now on a write survives this process's death, but maybe not a loss of power. That takes with it all that sandboxes
    /// describe, so a start needn't wait for the disk.
    func relaxDurability() throws {
        try writer.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
        }
    }

    /// Back to writes that survive the loss of power too.
    func requireDurability() throws {
        try writer.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
    }

    func networks() throws -> [NetworkRow] {
        try writer.read { try NetworkRow.fetchAll($0) }
    }

    func save(_ network: NetworkRow) throws {
        try writer.write { try network.save($0) }
    }

    func deleteEndpoints(ofNetwork id: String) throws {
        try writer.write { database in
            _ = try EndpointRow.filter(Column("networkID") == id).deleteAll(database)
        }
    }

    func deleteNetwork(_ id: String) throws {
        try writer.write { database in
            _ = try NetworkRow.deleteOne(database, key: id)
        }
    }

    func setting(_ setting: Setting) throws -> String? {
        try writer.read { try String.fetchOne($0, sql: "SELECT value FROM setting WHERE key = ?", arguments: [setting.rawValue]) }
    }

    /// nil forgets it.
    func set(_ setting: Setting, _ value: String?) throws {
        try writer.write { database in
            try database.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [setting.rawValue])
            guard let value else { return }
            try database.execute(sql: "INSERT INTO setting (key, value) VALUES (?, ?)", arguments: [setting.rawValue, value])
        }
    }

    func sandboxes() throws -> [Sandbox] {
        try writer.read { database in
            let endpoints = Dictionary(grouping: try EndpointRow.order(Column("position")).fetchAll(database), by: \.containerID)
            let publications = Dictionary(grouping: try PublicationRow.order(Column("position")).fetchAll(database), by: \.containerID)
            return try SandboxRow.order(Column("containerID")).fetchAll(database).map { row in
                Sandbox(
                    row: row, endpoints: endpoints[row.containerID] ?? [],
                    publications: (publications[row.containerID] ?? []).compactMap(\.publication))
            }
        }
    }

    func insert(_ sandbox: Sandbox) throws {
        try writer.write { database in
            try sandbox.row.insert(database)
            try Self.insertParts(of: sandbox, database)
        }
    }

    /// Writes a sandbox that is there already as it is now.
    func update(_ sandbox: Sandbox) throws {
        try writer.write { database in
            try sandbox.row.update(database)
            try EndpointRow.filter(Column("containerID") == sandbox.row.containerID).deleteAll(database)
            try PublicationRow.filter(Column("containerID") == sandbox.row.containerID).deleteAll(database)
            try Self.insertParts(of: sandbox, database)
        }
    }

    private static func insertParts(of sandbox: Sandbox, _ database: Database) throws {
        for endpoint in sandbox.endpoints { try endpoint.insert(database) }
        for (position, publication) in sandbox.publications.enumerated() {
            try PublicationRow(publication, containerID: sandbox.row.containerID, position: position).insert(database)
        }
    }

    func deleteSandbox(_ containerID: String) throws {
        try writer.write { database in
            _ = try SandboxRow.deleteOne(database, key: containerID)
        }
    }

    func deleteAllSandboxes() throws {
        try writer.write { database in
            _ = try SandboxRow.deleteAll(database)
        }
    }
}
