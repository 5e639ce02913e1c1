// One import or load at work: what it stages, publishes and, at the end, claims for an image.
import CLinux
import Glibc
import Models
import ServiceKit

/// Content goes in by these steps, and none is undone by a crash halfway:
/// files staged → one syncfs → renamed into place → directories synchronised → recorded and held by the intent → claimed by
/// an image.
struct Ingest: Sendable {
    let store: ImageStore
    let staging: LayerStaging
    private let intent: Int64

    /// Opens an intent, runs `body`, and closes the intent whatever happens: what no image claimed by then is removed.
    static func run<R: Sendable>(
        _ kind: IntentRow.Kind, store: ImageStore, limits: IngestLimits, _ body: (Ingest) async throws -> R
    ) async throws -> R {
        let intent = try await store.catalog.exclusively { session in
            let id = session.catalog.nextIntent
            try session.commit([.openIntent(IntentRow(id: id, kind: kind, startedAt: Timestamp.now()))])
            return id
        }
        FaultPoint.reach(ImageFault.intentOpened)
        let directory = store.paths.staging(intent)
        let staging = LayerStaging(directory: directory, trash: store.trash, limits: limits)
        let ingest = Ingest(store: store, staging: staging, intent: intent)
        do {
            try store.trash.take(path: directory)
            try NewDirectory.make(directory, 0o700)
            let result = try await body(ingest)
            try await ingest.close()
            return result
        } catch {
            try? await ingest.close()
            throw error
        }
    }

    private func close() async throws {
        try await store.catalog.exclusively { [self] session in
            let close = CatalogChange.closeIntent(intent)
            let garbage = session.catalog.garbage(after: [close])
            let removal = ContentRemoval(store: store, catalog: session.catalog, changes: garbage)
            try session.commit([close] + garbage)
            try removal.run()
            try store.trash.take(path: staging.directory)
        }
        store.emptyTrash()
    }

    /// Holds a layer that is there already. False when it isn't, or when its blob isn't the one asked for.
    func hold(_ chainID: ContentDigest, blob: ContentDigest?) async throws -> Bool {
        try await store.catalog.exclusively { [intent] session in
            let catalog = session.catalog
            guard let layer = catalog.layers[chainID] else { return false }
            let blobs = catalog.blobs.values.filter { $0.diffID == layer.diffID && (blob == nil || blob == $0.digest) }
            guard !blobs.isEmpty else { return false }
            try session.commit([.holdLayer(chainID, intent: intent)] + blobs.map { .holdBlob($0.digest, intent: intent) })
            return true
        }
    }

    /// Holds all layers of an image, in every copy, so that they are there whatever becomes of the image. False when it isn't there.
    func hold(image id: ContentDigest) async throws -> Bool {
        try await store.catalog.exclusively { [intent] session in
            let catalog = session.catalog
            guard let image = catalog.images[id] else { return false }
            let chain = catalog.chain(from: image.topLayer), layers = Set(chain.map(\.diffID))
            let blobs = catalog.blobs.values.filter { layers.contains($0.diffID) }
            try session.commit(
                chain.map { .holdLayer($0.chainID, intent: intent) } + blobs.map { .holdBlob($0.digest, intent: intent) })
            return true
        }
    }

    /// Makes a staged layer part of the store, above `parent`. Returns its chain ID. Throws `SystemError` and `DatabaseError`.
    func publish(_ layer: StagedLayer, above parent: ContentDigest?) async throws -> ContentDigest {
        let directory = staging.directory
        try await BlockingWork.run {
            _ = try SystemError.check(Descriptor.directory(directory).use { clinux_syncfs($0) }, "syncfs", directory)
        }
        FaultPoint.reach(ImageFault.layerSynced)
        let chainID = ChainID.of(layer.diffID, above: parent)
        try await store.catalog.exclusively { [self] session in
            let catalog = session.catalog
            var changes: [CatalogChange] = []
            if catalog.blobs[layer.blob.digest] == nil { changes.append(.addBlob(layer.blob)) }
            if catalog.layers[chainID] == nil {
                changes.append(
                    .addLayer(
                        LayerRow(
                            chainID: chainID, diffID: layer.diffID, parent: parent, link: catalog.nextLink, size: layer.size)))
            }
            let holds: [CatalogChange] = [.holdLayer(chainID, intent: intent), .holdBlob(layer.blob.digest, intent: intent)]
            try place(layer, changes, session) { try session.commit(changes + holds) }
        }
        FaultPoint.reach(ImageFault.layerRecorded)
        return chainID
    }

    /// Gives the files that `changes` speak of their final names, durably, then records them; undoes that when it fails.
    private func place(
        _ layer: StagedLayer, _ changes: [CatalogChange], _ session: CatalogStore.Session, _ record: () throws -> Void
    ) throws {
        do {
            for change in changes {
                switch change {
                case .addLayer(let row):
                    try move(layer.directory, to: store.paths.layer(row.chainID.hex))
                    try link(row)
                    FaultPoint.reach(ImageFault.layerRenamed)
                case .addBlob(let row):
                    try adopt(layer.blobPath, as: store.paths.blob(row.digest.hex))
                    FaultPoint.reach(ImageFault.blobRenamed)
                default: break
                }
            }
            for directory in [store.paths.layers, store.paths.blobs] {
                try Descriptor.directory(directory).synchronize(directory)
            }
            FaultPoint.reach(ImageFault.layerDurable)
            try record()
        } catch {
            for change in changes { undo(change) }
            throw error
        }
    }

    private func undo(_ change: CatalogChange) {
        switch change {
        case .addLayer(let row):
            try? store.trash.take(path: store.paths.layer(row.chainID.hex))
            try? store.trash.take(path: store.paths.link(row.link))
        case .addBlob(let row): try? store.trash.take(path: store.paths.blob(row.digest.hex))
        default: break
        }
    }

    /// What has the name without a record to claim it gives way.
    private func move(_ from: String, to path: String) throws(SystemError) {
        if clinux_rename_exclusively(from, path) == 0 { return }
        try store.trash.take(path: path)
        try SystemError.check(clinux_rename_exclusively(from, path), "rename", path)
    }

    /// A second name for the file: the archive it is of may need it again.
    private func adopt(_ from: String, as path: String) throws(SystemError) {
        try store.trash.take(path: path)
        if Glibc.link(from, path) < 0 { throw SystemError(call: "link", path: path, code: errno) }
    }

    private func link(_ row: LayerRow) throws(SystemError) {
        let path = store.paths.link(row.link)
        try store.trash.take(path: path)
        if symlink(StorePaths.linkTarget(row.chainID.hex), path) < 0 { throw SystemError(call: "symlink", path: path, code: errno) }
    }
}
