// What images take of the store, told from records alone.
import Contracts
import Models

struct StoreUsage: Sendable {
    let store: ImageStore

    func images() -> MeasureStore.Response {
        let catalog = store.catalog.catalog
        var users: [ContentDigest: Int] = [:]
        for image in catalog.images.values {
            for layer in catalog.chain(from: image.topLayer) { users[layer.chainID, default: 0] += 1 }
        }
        let images = catalog.images.values.sorted { $0.id.hex < $1.id.hex }.map { image in
            let chain = catalog.chain(from: image.topLayer)
            let shared = chain.filter { users[$0.chainID, default: 0] > 1 }.map(\.size).clampedSum()
            return MeasureStore.Image(
                id: image.id.description, layers: chain.reversed().map(\.size), shared: shared, hasChildren: catalog.hasChildren(image.id))
        }
        return .init(layersSize: catalog.layers.values.map(\.size).clampedSum(), images: images)
    }
}
