// Takes the files of layers and blobs away whose records are gone.
import Models
import ServiceKit

/// The files that belong to removals in the catalogue. Made before the commit, while the records still say where they are; run after it.
struct ContentRemoval: Sendable {
    private let trash: Trash
    private let victims: [String]

    init(store: ImageStore, catalog: Catalog, changes: [CatalogChange]) {
        trash = store.trash
        let paths = store.paths
        victims = changes.flatMap { change -> [String] in
            switch change {
            case .removeLayer(let chainID):
                (catalog.layers[chainID].map { [paths.link($0.link)] } ?? []) + [paths.layer(chainID.hex)]
            case .removeBlob(let digest): [paths.blob(digest.hex)]
            default: []
            }
        }
    }

    /// Moves them to the trash. What can't be moved is swept at the next start.
    func run() throws(SystemError) {
        for victim in victims {
            try trash.take(path: victim)
            FaultPoint.reach(ImageFault.removalTrashed)
        }
    }
}
