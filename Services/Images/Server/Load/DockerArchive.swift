// The format of `docker save`: manifest.json lists configs, layers and names.
import Models

struct DockerArchive {
    let plan: LoadPlan

    func images(_ manifest: [UInt8]) throws -> [PlannedImage] {
        let list = try plan.documents.decode([DockerArchiveImage].self, manifest, name: "manifest.json")
        let images = try list.map(image)
        guard !images.isEmpty else { throw ArchiveError("manifest.json lists no images") }
        guard let platform = plan.platform else { return images }
        let suitable = images.filter { $0.image.platform.flatMap(platform.distance(to:)) != nil }
        guard !suitable.isEmpty else { throw ArchiveError("no image in it is for platform \(platform)") }
        return suitable
    }

    private func image(_ entry: DockerArchiveImage) throws -> PlannedImage {
        guard let config = try plan.documents.bytes(entry.config) else { throw ArchiveError("\(entry.config) is missing") }
        try DigestMismatch.check(entry.config, expected: Self.digest(inName: entry.config), found: ContentDigest(of: config))
        let layers = try entry.layers.map { name in
            guard let file = plan.documents.archive.file(name) else { throw ArchiveError("layer \(name) is missing") }
            return (file, Self.digest(inName: name))
        }
        return try plan.image(config: config, name: entry.config, layers: layers, references: try references(entry))
    }

    private func references(_ entry: DockerArchiveImage) throws -> [ImageReference] {
        try (entry.repoTags ?? []).map { text in
            guard let reference = try? ImageReference(parsing: text), reference.digest == nil else {
                throw ArchiveError("'\(text.prefix(300))' is no name for an image")
            }
            return reference.tagged
        }
    }

    /// What `<hex>.json` and `blobs/sha256/<hex>` promise; nil for other names.
    static func digest(inName name: String) -> ContentDigest? {
        if name.hasPrefix("blobs/sha256/") { return ContentDigest("sha256:\(name.dropFirst("blobs/sha256/".count))") }
        return name.hasSuffix(".json") ? ContentDigest("sha256:\(name.dropLast(".json".count))") : nil
    }
}
