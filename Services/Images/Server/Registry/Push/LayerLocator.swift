// Finds the bytes of an image's layers for a push.
import Models
import ServiceKit

/// Layers as a registry takes them: compressed. What was stored plain is compressed once more for each push, to the same bytes.
struct LayerLocator: Sendable {
    let store: ImageStore
    /// For what has to be made.
    let directory: String

    /// Lowest first. Throws `RegistryFailure.content` for a layer without a blob, and `SystemError`.
    func layers(of image: ImageRow) async throws -> [PushedBlob] {
        let catalog = store.catalog.catalog
        var found: [PushedBlob] = []
        for (index, layer) in catalog.chain(from: image.topLayer).reversed().enumerated() {
            let blobs = catalog.blobs.values.filter { $0.diffID == layer.diffID }
            guard let blob = Self.preferred(blobs, own: image.blobs) else {
                throw RegistryFailure.content("the store has no bytes of the layer \(layer.diffID)")
            }
            found.append(try await located(blob, index))
        }
        return found
    }

    /// Of the copies of one layer, in whatever order they come, always the same: those that the image came with first (`own`), then gzip,
    /// which every registry and every engine takes, and a plain one only when there is no other.
    static func preferred(_ copies: [BlobRow], own: [ContentDigest]) -> BlobRow? {
        copies.min { order($0, own) < order($1, own) }
    }

    private static func order(_ blob: BlobRow, _ own: [ContentDigest]) -> (Int, Int, Int, String) {
        let isPlain = blob.mediaType == OCIMediaType.layer
        let isGzip = blob.mediaType == OCIMediaType.layerGzip || blob.mediaType == OCIMediaType.dockerLayerGzip
        return (isPlain ? 1 : 0, own.contains(blob.digest) ? 0 : 1, isGzip ? 0 : 1, blob.digest.hex)
    }

    private func located(_ blob: BlobRow, _ index: Int) async throws -> PushedBlob {
        let path = store.paths.blob(blob.digest.hex)
        let descriptor = OCIDescriptor(mediaType: blob.mediaType, digest: blob.digest, size: blob.size)
        guard blob.mediaType == OCIMediaType.layer else { return PushedBlob(descriptor: descriptor, path: path, name: blob.diffID.short) }
        let target = "\(directory)/push-\(index)"
        let made = try await BlockingWork.run { try GzipFile.write(try FileSource(path: path), to: target) }
        FaultPoint.reach(RegistryFault.pushCompressed)
        return PushedBlob(
            descriptor: OCIDescriptor(mediaType: OCIMediaType.layerGzip, digest: made.digest, size: made.size), path: target,
            name: blob.diffID.short)
    }
}
