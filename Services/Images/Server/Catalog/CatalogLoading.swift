// Reads the catalogue back at start.
import FoundationEssentials
import GRDB
import Models

/// A row that no version of the engine can have written.
struct CatalogDamage: Error, Sendable, CustomStringConvertible {
    var description: String
}

extension Catalog {
    /// Everything the database has, as the changes that made it. Throws `DatabaseError` and `CatalogDamage`.
    static func load(_ database: Database) throws -> Catalog {
        var catalog = Catalog()
        let content = try blobs(database) + layers(database) + images(database) + references(database)
        for change in try content + others(database) + leases(database) + volumes(database) { catalog.apply(change) }
        return catalog
    }

    private static func blobs(_ database: Database) throws -> [CatalogChange] {
        try Row.fetchAll(database, sql: "SELECT * FROM blobs").map { row in
            .addBlob(
                BlobRow(
                    digest: try digest(row, "digest"), diffID: try digest(row, "diff_id"), size: row["size"], mediaType: row["media_type"]))
        }
    }

    private static func layers(_ database: Database) throws -> [CatalogChange] {
        try Row.fetchAll(database, sql: "SELECT * FROM layers").map { row in
            .addLayer(
                LayerRow(
                    chainID: try digest(row, "chain_id"), diffID: try digest(row, "diff_id"), parent: try optionalDigest(row, "parent"),
                    link: row["link"], size: row["size"]))
        }
    }

    private static func images(_ database: Database) throws -> [CatalogChange] {
        var blobs: [String: [ContentDigest]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM image_blobs ORDER BY image, position") {
            blobs[row["image"], default: []].append(try digest(row, "blob"))
        }
        return try Row.fetchAll(database, sql: "SELECT * FROM images").map { row in
            let id = try digest(row, "id")
            let config: Data = row["config"], manifest: Data = row["manifest"]
            return .addImage(
                ImageRow(
                    id: id, config: Array(config), manifest: Array(manifest), manifestDigest: try optionalDigest(row, "manifest_digest"),
                    topLayer: try optionalDigest(row, "top_layer"), blobs: blobs[id.description] ?? [],
                    parent: try optionalDigest(row, "parent"), createdAt: row["created_at"], size: row["size"],
                    lastTaggedAt: row["last_tagged_at"]))
        }
    }

    private static func references(_ database: Database) throws -> [CatalogChange] {
        let sql = "SELECT name, image, last_tagged_at FROM image_references JOIN images ON images.id = image_references.image"
        return try Row.fetchAll(database, sql: sql).map { row in
            let name: String = row["name"]
            guard let reference = try? ImageReference(parsing: name) else { throw CatalogDamage(description: "no reference: \(name)") }
            return .setReference(reference, image: try digest(row, "image"), at: row["last_tagged_at"])
        }
    }

    private static func others(_ database: Database) throws -> [CatalogChange] {
        let snapshots: [CatalogChange] = try Row.fetchAll(database, sql: "SELECT * FROM snapshots").map { row in
            let labels: Data? = row["labels"]
            return .addSnapshot(
                SnapshotRow(
                    containerID: row["container_id"], imageID: try digest(row, "image_id"), topLayer: try optionalDigest(row, "top_layer"),
                    labels: try labels.map { try JSONDecoder().decode([String: String].self, from: $0) }, size: row["size"]))
        }
        let intents: [CatalogChange] = try Row.fetchAll(database, sql: "SELECT * FROM intents").map { row in
            let kind: String = row["kind"]
            return .openIntent(IntentRow(id: row["id"], kind: .init(rawValue: kind) ?? .loadImages, startedAt: row["started_at"]))
        }
        let layers: [CatalogChange] = try Row.fetchAll(database, sql: "SELECT * FROM intent_layers").map { row in
            .holdLayer(try digest(row, "layer"), intent: row["intent"])
        }
        let blobs: [CatalogChange] = try Row.fetchAll(database, sql: "SELECT * FROM intent_blobs").map { row in
            .holdBlob(try digest(row, "blob"), intent: row["intent"])
        }
        return snapshots + intents + layers + blobs
    }

    private static func leases(_ database: Database) throws -> [CatalogChange] {
        try Row.fetchAll(database, sql: "SELECT * FROM image_leases").map { row in
            .addImageLease(
                ImageLease(
                    containerID: row["container_id"], imageID: try digest(row, "image_id"), topLayer: try optionalDigest(row, "top_layer")))
        }
    }

    private static func volumes(_ database: Database) throws -> [CatalogChange] {
        let volumes: [CatalogChange] = try Row.fetchAll(database, sql: "SELECT * FROM volumes").map { row in
            let labels: Data = row["labels"], options: Data = row["options"]
            return .addVolume(
                VolumeRow(
                    name: row["name"], labels: try JSONDecoder().decode([String: String].self, from: labels),
                    options: try JSONDecoder().decode([String: String].self, from: options), createdAt: row["created_at"]))
        }
        let uses: [CatalogChange] = try Row.fetchAll(database, sql: "SELECT * FROM volume_uses").map { row in
            .addVolumeUse(VolumeUse(volume: row["volume"], containerID: row["container_id"]))
        }
        return volumes + uses
    }

    private static func optionalDigest(_ row: Row, _ column: String) throws -> ContentDigest? {
        let text: String? = row[column]
        return text == nil ? nil : try digest(row, column)
    }

    private static func digest(_ row: Row, _ column: String) throws -> ContentDigest {
        let text: String = row[column]
        guard let digest = ContentDigest(text) else { throw CatalogDamage(description: "no digest in column \(column): \(text)") }
        return digest
    }
}
