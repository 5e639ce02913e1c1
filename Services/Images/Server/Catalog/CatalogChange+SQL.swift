// Each change as SQL.
import FoundationEssentials
import GRDB
import Models

extension CatalogChange {
    /// Writes the change within the caller's transaction. Throws `DatabaseError`.
    func write(_ database: Database) throws {
        switch self {
        case .addBlob(let row):
            try database.execute(
                sql: "INSERT INTO blobs VALUES (?, ?, ?, ?)",
                arguments: ["\(row.digest)", "\(row.diffID)", row.size, row.mediaType])
        case .removeBlob(let digest):
            try database.execute(sql: "DELETE FROM blobs WHERE digest = ?", arguments: ["\(digest)"])
        case .addLayer(let row):
            try database.execute(
                sql: "INSERT INTO layers VALUES (?, ?, ?, ?, ?)",
                arguments: ["\(row.chainID)", "\(row.diffID)", row.parent?.description, row.link, row.size])
        case .removeLayer(let chainID):
            try database.execute(sql: "DELETE FROM layers WHERE chain_id = ?", arguments: ["\(chainID)"])
        case .addImage(let row): try Self.write(row, database)
        case .removeImage(let id):
            try database.execute(sql: "DELETE FROM images WHERE id = ?", arguments: ["\(id)"])
        case .setManifest(let manifest, let blobs, let image):
            try database.execute(
                sql: "UPDATE images SET manifest = ?, manifest_digest = ? WHERE id = ?",
                arguments: [Data(manifest), "\(ContentDigest(of: manifest))", "\(image)"])
            try database.execute(sql: "DELETE FROM image_blobs WHERE image = ?", arguments: ["\(image)"])
            try Self.write(blobs, of: image, database)
        case .setReference(let reference, let image, let time):
            try database.execute(
                sql: "INSERT OR REPLACE INTO image_references VALUES (?, ?)", arguments: [reference.canonical, "\(image)"])
            try database.execute(sql: "UPDATE images SET last_tagged_at = ? WHERE id = ?", arguments: [time, "\(image)"])
        case .removeReference(let reference):
            try database.execute(sql: "DELETE FROM image_references WHERE name = ?", arguments: [reference.canonical])
        case .addSnapshot(let row):
            let labels = try row.labels.map { try JSONEncoder().encode($0) }
            try database.execute(
                sql: "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?)",
                arguments: [row.containerID, row.imageID.description, row.topLayer?.description, labels, row.size])
        case .removeSnapshot(let containerID):
            try database.execute(sql: "DELETE FROM snapshots WHERE container_id = ?", arguments: [containerID])
        case .addImageLease(let lease):
            let (container, image, layer) = (lease.containerID, lease.imageID.description, lease.topLayer?.description)
            try database.execute(literal: "INSERT OR IGNORE INTO image_leases VALUES (\(container), \(image), \(layer))")
        case .openIntent, .holdLayer, .holdBlob, .closeIntent: try writeIntent(database)
        case .addVolume, .removeVolume, .addVolumeUse, .removeVolumeUse: try writeVolume(database)
        }
    }

    private func writeIntent(_ database: Database) throws {
        switch self {
        case .openIntent(let row):
            try database.execute(sql: "INSERT INTO intents VALUES (?, ?, ?)", arguments: [row.id, row.kind.rawValue, row.startedAt])
        case .holdLayer(let layer, let intent):
            try database.execute(sql: "INSERT OR IGNORE INTO intent_layers VALUES (?, ?)", arguments: [intent, "\(layer)"])
        case .holdBlob(let blob, let intent):
            try database.execute(sql: "INSERT OR IGNORE INTO intent_blobs VALUES (?, ?)", arguments: [intent, "\(blob)"])
        case .closeIntent(let id):
            try database.execute(sql: "DELETE FROM intents WHERE id = ?", arguments: [id])
        default: break
        }
    }

    private func writeVolume(_ database: Database) throws {
        switch self {
        case .addVolume(let row):
            try database.execute(
                sql: "INSERT INTO volumes VALUES (?, ?, ?, ?)",
                arguments: [row.name, try JSONEncoder().encode(row.labels), try JSONEncoder().encode(row.options), row.createdAt])
        case .removeVolume(let name):
            try database.execute(sql: "DELETE FROM volumes WHERE name = ?", arguments: [name])
        case .addVolumeUse(let use):
            try database.execute(sql: "INSERT OR IGNORE INTO volume_uses VALUES (?, ?)", arguments: [use.volume, use.containerID])
        case .removeVolumeUse(let use):
            try database.execute(
                sql: "DELETE FROM volume_uses WHERE volume = ? AND container_id = ?", arguments: [use.volume, use.containerID])
        default: break
        }
    }

    private static func write(_ row: ImageRow, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                "\(row.id)", Data(row.config), Data(row.manifest), row.manifestDigest?.description, row.topLayer?.description,
                row.parent?.description, row.createdAt, row.size, row.lastTaggedAt,
            ])
        try write(row.blobs, of: row.id, database)
    }

    private static func write(_ blobs: [ContentDigest], of image: ContentDigest, _ database: Database) throws {
        for (position, blob) in blobs.enumerated() {
            try database.execute(sql: "INSERT INTO image_blobs VALUES (?, ?, ?)", arguments: ["\(image)", position, "\(blob)"])
        }
    }
}
