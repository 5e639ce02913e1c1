// The gateway's tables.
import GRDB
public import Persistence

/// The schema of the gateway's database, step by step.
public enum StateSchema {
    public static let migrations = [
        Migration("containers and events") { database in
            // Two documents a container: the second alone is written when it starts and stops.
            try database.execute(
                sql: """
                    CREATE TABLE container (
                        id TEXT NOT NULL PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        definition BLOB NOT NULL,
                        state BLOB NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE event (
                        sequence INTEGER PRIMARY KEY,
                        body BLOB NOT NULL
                    );
                    CREATE TABLE engine (
                        key TEXT NOT NULL PRIMARY KEY,
                        value TEXT NOT NULL
                    ) WITHOUT ROWID;
                    """)
        },
        Migration("intentions and unreadable records") { database in
            // What is made for a container before there is a record of it; and records that this version can't read.
            try database.execute(
                sql: """
                    CREATE TABLE intention (
                        id TEXT NOT NULL PRIMARY KEY,
                        volumes BLOB NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE unreadable (
                        id TEXT NOT NULL PRIMARY KEY,
                        name TEXT NOT NULL,
                        definition BLOB NOT NULL,
                        state BLOB NOT NULL
                    ) WITHOUT ROWID;
                    """)
        },
        Migration("traces") { database in
            // Steps of the last operations of containers that failed or took long.
            try database.execute(sql: "CREATE TABLE trace (id TEXT NOT NULL PRIMARY KEY, spans BLOB NOT NULL) WITHOUT ROWID;")
        },
    ]
}
