// Images whose files containers have mounted: their layers are kept, whatever becomes of the images.
import Contracts
import Models
import RPC

struct ImageLeases: Sendable {
    let store: ImageStore

    /// Throws `RPCError`: notFound, `invalidParameter`.
    func take(_ request: LeaseImage.Request) async throws -> LeaseImage.Response {
        try await store.catalog.exclusively { [store] session in
            let catalog = session.catalog
            guard catalog.snapshots[request.containerID] != nil else {
                throw RPCError(.notFound, "container \(request.containerID) has no snapshot")
            }
            let (imageID, topLayer) = try catalog.layers(ofImage: request.image)
            let lease = ImageLease(containerID: request.containerID, imageID: imageID, topLayer: topLayer)
            if catalog.imageLeases[request.containerID]?.contains(lease) != true { try session.commit([.addImageLease(lease)]) }
            let layers = catalog.chain(from: topLayer).map { store.paths.link($0.link) }
            return .init(imageID: imageID.description, layers: layers.isEmpty ? [store.paths.mounts] : layers)
        }
    }
}

extension Catalog {
    /// Of an image, by any of its names; or of one that is gone, by its ID, while a container keeps its layers.
    func layers(ofImage name: String) throws(RPCError) -> (image: ContentDigest, topLayer: ContentDigest?) {
        do {
            let image = try image(named: name)
            return (image.id, image.topLayer)
        } catch {
            guard error.code == .notFound, let id = ContentDigest(name) else { throw error }
            if let snapshot = snapshots.values.first(where: { $0.imageID == id }) { return (id, snapshot.topLayer) }
            for leases in imageLeases.values {
                if let lease = leases.first(where: { $0.imageID == id }) { return (id, lease.topLayer) }
            }
            throw error
        }
    }

    /// The layers that a snapshot and its leases keep, and how many times each.
    func layersKept(by snapshot: SnapshotRow) -> [ContentDigest: Int] {
        let layers = [snapshot.topLayer] + (imageLeases[snapshot.containerID] ?? []).map(\.topLayer)
        return Dictionary(layers.compactMap { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
    }
}
