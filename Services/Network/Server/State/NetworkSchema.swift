// The tables of the network service's database.
import GRDB
import Persistence

/// Networks last; sandboxes describe what the kernel holds for containers, and end with it.
enum NetworkSchema {
    static let migrations = [Migration("v1", makeTables)]

    @Sendable private static func makeTables(_ database: Database) throws {
        try database.create(table: "network") { table in
            table.primaryKey("id", .text)
            table.column("name", .text).notNull().unique()
            table.column("driver", .text).notNull()
            table.column("createdAt", .integer).notNull()
            table.column("subnet", .text)
            table.column("gateway", .text)
        }
        try database.create(table: "sandbox") { table in
            table.primaryKey("containerID", .text)
            table.column("containerName", .text).notNull()
            table.column("mode", .text).notNull()
            table.column("donor", .text)
            table.column("namespace", .text)
            table.column("filesOwner", .text).notNull()
        }
        try makeSandboxParts(database)
        try database.create(table: "setting") { table in
            table.primaryKey("key", .text)
            table.column("value", .text).notNull()
        }
    }

    /// No address of a network and no port of the host is ever recorded twice.
    private static func makeSandboxParts(_ database: Database) throws {
        try database.create(table: "endpoint") { table in
            table.primaryKey("id", .text)
            table.column("containerID", .text).notNull().indexed().references("sandbox", onDelete: .cascade)
            table.column("networkID", .text).notNull().references("network")
            table.column("position", .integer).notNull()
            table.column("interface", .text).notNull()
            table.column("hostInterface", .text).notNull()
            table.column("mac", .text).notNull()
            table.column("ipv4", .text).notNull()
            table.uniqueKey(["networkID", "ipv4"])
        }
        try database.create(table: "publication") { table in
            table.column("containerID", .text).notNull().indexed().references("sandbox", onDelete: .cascade)
            table.column("position", .integer).notNull()
            table.column("transport", .text).notNull()
            table.column("hostAddress", .text).notNull()
            table.column("hostPort", .integer).notNull()
            table.column("containerAddress", .text).notNull()
            table.column("containerPort", .integer).notNull()
            table.primaryKey(["transport", "hostAddress", "hostPort"])
        }
    }
}
