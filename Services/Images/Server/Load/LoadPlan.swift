// What an archive will become: its images, with everything about them checked that can be checked before unpacking.
import Models

/// An image of an archive.
struct PlannedImage: Sendable {
    struct Layer: Sendable {
        var file: SpooledArchive.File
        /// Where the archive says so.
        var blob: ContentDigest?
        var diffID: ContentDigest
    }

    var config: [UInt8]
    var image: OCIImage
    var manifest: [UInt8]
    var layers: [Layer]
    var references: [ImageReference]
}

/// Reads the plan out of an archive. Throws `ArchiveError`, `DigestMismatch` and `SystemError`.
struct LoadPlan: Sendable {
    let documents: ArchiveDocuments
    /// nil takes a docker-archive's images whatever they are for, and of an index what suits the host.
    let platform: OCIPlatform?

    /// At least one image. A docker-archive's own list wins over the OCI index that newer ones have besides.
    func images() throws -> [PlannedImage] {
        if let bytes = try documents.bytes("manifest.json") { return try DockerArchive(plan: self).images(bytes) }
        if let bytes = try documents.bytes("index.json") { return try OCILayout(plan: self).images(bytes) }
        throw ArchiveError(
            "it has neither manifest.json nor index.json; make one by `docker save`, or use `docker import` for a root filesystem")
    }

    /// Puts an image together. `layers` are members with the blob digests they must have, lowest first.
    func image(
        config: [UInt8], name: String, manifest: [UInt8] = [], layers: [(file: SpooledArchive.File, blob: ContentDigest?)],
        references: [ImageReference]
    ) throws -> PlannedImage {
        let image = try documents.decode(OCIImage.self, config, name: name)
        let diffIDs = image.rootfs?.diffIDs ?? []
        guard diffIDs.count == layers.count else {
            throw ArchiveError("\(name) speaks of \(diffIDs.count) layers, but the archive has \(layers.count)")
        }
        guard layers.count <= documents.limits.maximumLayers else {
            throw ArchiveError("the image has \(layers.count) layers, more than \(documents.limits.maximumLayers)")
        }
        guard diffIDs.allSatisfy({ $0.algorithm == "sha256" }) else { throw ArchiveError("\(name) names a layer by other than sha256") }
        let planned = zip(layers, diffIDs).map { PlannedImage.Layer(file: $0.file, blob: $0.blob, diffID: $1) }
        return PlannedImage(config: config, image: image, manifest: manifest, layers: planned, references: references)
    }
}
