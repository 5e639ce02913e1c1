// What nothing needs any more.
import Models

extension Catalog {
    /// Removes every layer and blob that nothing uses once `changes` are applied: a layer before the one below it.
    ///
    /// Returns those removals, to be committed together with `changes`.
    func garbage(after changes: [CatalogChange]) -> [CatalogChange] {
        var after = self
        for change in changes { after.apply(change) }
        var removals: [CatalogChange] = []
        for layer in after.layers.values.filter({ after.layerUses[$0.chainID] == nil }).sorted(by: { $0.link < $1.link }) {
            var next: LayerRow? = layer
            while let unused = next, after.layerUses[unused.chainID] == nil {
                after.apply(.removeLayer(unused.chainID))
                removals.append(.removeLayer(unused.chainID))
                next = unused.parent.flatMap { after.layers[$0] }
            }
        }
        return removals + after.unusedBlobs().map { .removeBlob($0) }
    }

    /// Blobs that no image and no intent has. A layer that is there keeps one: it is verified and repaired by it, and what is made of a
    /// container whose image is gone needs it to be pushed.
    private func unusedBlobs() -> [ContentDigest] {
        let unused = blobs.values.filter { blobUses[$0.digest] == nil }.sorted { $0.digest.hex < $1.digest.hex }
        if unused.isEmpty { return [] }
        var needed = Set(layers.values.map(\.diffID))
        for blob in blobs.values where blobUses[blob.digest] != nil { needed.remove(blob.diffID) }
        return unused.filter { needed.remove($0.diffID) == nil }.map(\.digest)
    }
}
