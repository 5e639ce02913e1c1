// Claims layers for an image and gives it its names: the last step of every ingest.
import Models
import ServiceKit

/// An image whose layers are in the store, held by an intent.
struct ImagePublication: Sendable {
    var config: [UInt8]
    /// Empty for none.
    var manifest: [UInt8] = []
    /// Chain ID of the uppermost layer.
    var topLayer: ContentDigest?
    /// Lowest first; nil takes whichever blob the store has of each layer.
    var blobs: [ContentDigest]?
    var references: [ImageReference] = []
    /// The image it was made from on this host.
    var parent: ContentDigest?
    var createdAt: Int64

    var id: ContentDigest { ContentDigest(of: config) }

    /// The image that had a name before and lost it.
    struct Untagged: Sendable, Equatable {
        var reference: ImageReference
        var image: ContentDigest
    }

    /// Records the image and its names in one commit. Returns the images that lost a name. Throws `DatabaseError`.
    @discardableResult
    func publish(in store: ImageStore) async throws -> [Untagged] {
        let untagged = try await store.catalog.exclusively { session in
            let catalog = session.catalog
            let added: [CatalogChange] = catalog.images[id].map { manifestChange($0, catalog) } ?? [.addImage(row(catalog))]
            let time = Timestamp.now()
            try session.commit(added + references.map { .setReference($0.key, image: id, at: time) })
            return references.compactMap { reference in
                catalog.references[reference.key].flatMap { $0 == id ? nil : Untagged(reference: reference, image: $0) }
            }
        }
        FaultPoint.reach(ImageFault.imageRecorded)
        return untagged
    }

    /// An image that is there already gets a manifest that it has none of. One that names layers as they are here is worth more than one
    /// that names them otherwise: only with the first can the image go on to other registries under its digest without a download.
    private func manifestChange(_ known: ImageRow, _ catalog: Catalog) -> [CatalogChange] {
        guard !manifest.isEmpty, manifest != known.manifest, known.manifest.isEmpty || blobs != nil else { return [] }
        return [.setManifest(manifest, blobs: blobs?.filter { catalog.blobs[$0] != nil } ?? known.blobs, image: id)]
    }

    private func row(_ catalog: Catalog) -> ImageRow {
        let chain = catalog.chain(from: topLayer)
        let found = chain.reversed().compactMap { layer in catalog.blobs.values.first { $0.diffID == layer.diffID }?.digest }
        return ImageRow(
            id: id, config: config, manifest: manifest, manifestDigest: manifest.isEmpty ? nil : ContentDigest(of: manifest),
            topLayer: topLayer, blobs: blobs ?? found, parent: parent.flatMap { catalog.images[$0]?.id }, createdAt: createdAt,
            size: chain.map(\.size).clampedSum(), lastTaggedAt: 0)
    }
}
