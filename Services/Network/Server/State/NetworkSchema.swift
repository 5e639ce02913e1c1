// The tables of the network service's database.
import GRDB
import Persistence

/// Networks last; sandboxes describe what the kernel holds for containers, and end with it.
enum NetworkSchema {
    static let migrations = [
        Migration("v1", makeTables), Migration("v2", addUserDefinedNetworks), Migration("resolver", addResolver),
        Migration("links", addLinks), Migration("labels", addLabels),
        Migration("nominal", addNominal),
    ]

    @Sendable private static func addLabels(_ database: Database) throws {
        try database.alter(table: "sandbox") { table in
            table.add(column: "labels", .text)
        }
    }

    @Sendable private static func addNominal(_ database: Database) throws {
        try database.alter(table: "sandbox") { table in
            table.add(column: "nominal", .text)
        }
    }

    @Sendable private static func addResolver(_ database: Database) throws {
        try database.alter(table: "sandbox") { table in
            table.add(column: "dns", .text)
        }
    }

    @Sendable private static func addLinks(_ database: Database) throws {
        try database.alter(table: "sandbox") { table in
            table.add(column: "links", .text)
        }
    }

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

    /// Networks get a configuration; endpoints may be without IPv4, have IPv6, and more details.
    @Sendable private static func addUserDefinedNetworks(_ database: Database) throws {
        try database.alter(table: "network") { table in
            table.add(column: "stage", .text).notNull().defaults(to: NetworkRow.Stage.ready.rawValue)
            table.add(column: "configuration", .text)
        }
        try database.alter(table: "sandbox") { table in
            table.add(column: "hostname", .text).notNull().defaults(to: "")
            table.add(column: "domainname", .text).notNull().defaults(to: "")
        }
        try database.create(table: "wideEndpoint") { table in
            table.primaryKey("id", .text)
            table.column("containerID", .text).notNull().references("sandbox", onDelete: .cascade)
            table.column("networkID", .text).notNull().references("network")
            table.column("position", .integer).notNull()
            table.column("interface", .text).notNull()
            table.column("hostInterface", .text).notNull()
            table.column("mac", .text).notNull()
            table.column("ipv4", .text)
            table.column("ipv6", .text)
            table.column("settings", .text).notNull()
            table.uniqueKey(["networkID", "ipv4"])
            table.uniqueKey(["networkID", "ipv6"])
        }
        try database.execute(
            sql: """
                INSERT INTO wideEndpoint
                SELECT id, containerID, networkID, position, interface, hostInterface, mac, ipv4, NULL,
                       '{"dnsNames":[],"aliases":[],"links":[],"gatewayPriority":0,"openPorts":[]}' FROM endpoint
                """)
        try database.drop(table: "endpoint")
        try database.rename(table: "wideEndpoint", to: "endpoint")
        try database.create(indexOn: "endpoint", columns: ["containerID"])
        try database.create(indexOn: "endpoint", columns: ["networkID"])
    }
}
