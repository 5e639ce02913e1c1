// The tables. Foreign keys count references a second time: what is still needed can't be deleted by mistake.
import GRDB
import Persistence

enum CatalogSchema {
    static let migrations = [
        Migration("1-catalog", { try $0.execute(sql: catalog) }),
        Migration("2-volumes", { try $0.execute(sql: volumes) }),
        Migration("3-image-leases", { try $0.execute(sql: imageLeases) }),
        Migration("4-snapshot-labels", { try $0.execute(sql: "ALTER TABLE snapshots ADD COLUMN labels BLOB") }),
        Migration("5-snapshot-size", { try $0.execute(sql: "ALTER TABLE snapshots ADD COLUMN size INTEGER") }),
    ]

    private static let imageLeases = """
        CREATE TABLE image_leases (
            container_id TEXT NOT NULL REFERENCES snapshots (container_id) ON DELETE CASCADE, image_id TEXT NOT NULL,
            top_layer TEXT REFERENCES layers (chain_id), PRIMARY KEY (container_id, image_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX image_leases_by_layer ON image_leases (top_layer);
        """

    /// Labels and options are JSON objects.
    private static let volumes = """
        CREATE TABLE volumes (
            name TEXT PRIMARY KEY, labels BLOB NOT NULL, options BLOB NOT NULL, created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE volume_uses (
            volume TEXT NOT NULL REFERENCES volumes (name), container_id TEXT NOT NULL, PRIMARY KEY (volume, container_id)
        ) STRICT, WITHOUT ROWID;
        """

    private static let catalog = """
        CREATE TABLE blobs (
            digest TEXT PRIMARY KEY, diff_id TEXT NOT NULL, size INTEGER NOT NULL, media_type TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE layers (
            chain_id TEXT PRIMARY KEY, diff_id TEXT NOT NULL, parent TEXT REFERENCES layers (chain_id),
            link INTEGER NOT NULL UNIQUE, size INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX layers_by_parent ON layers (parent);
        CREATE TABLE images (
            id TEXT PRIMARY KEY, config BLOB NOT NULL, manifest BLOB NOT NULL, manifest_digest TEXT,
            top_layer TEXT REFERENCES layers (chain_id), parent TEXT REFERENCES images (id) ON DELETE SET NULL,
            created_at INTEGER NOT NULL, size INTEGER NOT NULL, last_tagged_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX images_by_layer ON images (top_layer);
        CREATE INDEX images_by_parent ON images (parent);
        CREATE TABLE image_blobs (
            image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE, position INTEGER NOT NULL,
            blob TEXT NOT NULL REFERENCES blobs (digest), PRIMARY KEY (image, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX image_blobs_by_blob ON image_blobs (blob);
        CREATE TABLE image_references (
            name TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images (id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX image_references_by_image ON image_references (image);
        CREATE TABLE snapshots (
            container_id TEXT PRIMARY KEY, image_id TEXT NOT NULL, top_layer TEXT REFERENCES layers (chain_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX snapshots_by_layer ON snapshots (top_layer);
        CREATE TABLE intents (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE intent_layers (
            intent INTEGER NOT NULL REFERENCES intents (id) ON DELETE CASCADE, layer TEXT NOT NULL REFERENCES layers (chain_id),
            PRIMARY KEY (intent, layer)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX intent_layers_by_layer ON intent_layers (layer);
        CREATE TABLE intent_blobs (
            intent INTEGER NOT NULL REFERENCES intents (id) ON DELETE CASCADE, blob TEXT NOT NULL REFERENCES blobs (digest),
            PRIMARY KEY (intent, blob)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX intent_blobs_by_blob ON intent_blobs (blob);
        """
}
