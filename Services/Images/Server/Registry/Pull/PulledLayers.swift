// What the layers of a manifest are, once its config is known.
import Models

/// A layer of an image that is pulled.
struct PulledLayer: Sendable, Equatable {
    var descriptor: OCIDescriptor
    var diffID: ContentDigest
    var chainID: ContentDigest

    /// As progress names it.
    var name: String { descriptor.digest.short }

    /// Pairs a manifest's layers with their diff IDs, lowest first. Throws `RegistryFailure`.
    static func all(_ manifest: OCIManifest, _ image: OCIImage) throws(RegistryFailure) -> [PulledLayer] {
        let diffIDs = image.rootfs?.diffIDs ?? []
        guard diffIDs.count == manifest.layers.count else {
            throw .content("the image's config speaks of \(diffIDs.count) layers, but its manifest of \(manifest.layers.count)")
        }
        guard diffIDs.allSatisfy({ $0.algorithm == "sha256" }) else {
            throw .content("the image's config names a layer by other than sha256")
        }
        let chain = ChainID.all(diffIDs)
        return diffIDs.indices.map { PulledLayer(descriptor: manifest.layers[$0], diffID: diffIDs[$0], chainID: chain[$0]) }
    }
}
