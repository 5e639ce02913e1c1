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
        let blobs = after.blobs.keys.filter { after.blobUses[$0] == nil }.sorted { $0.hex < $1.hex }
        return removals + blobs.map { .removeBlob($0) }
    }
}
