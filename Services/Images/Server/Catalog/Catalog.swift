// All that the store knows, as one value: what reads are answered from and decisions are made on.
import Models

/// The store's records, indexed. A value: whoever has a copy sees one moment, whatever is committed meanwhile.
struct Catalog: Sendable, Equatable {
    private(set) var blobs: [ContentDigest: BlobRow] = [:]
    private(set) var layers: [ContentDigest: LayerRow] = [:]
    private(set) var images: [ContentDigest: ImageRow] = [:]
    /// Keys are `ImageReference.key`s.
    private(set) var references: [ImageReference: ContentDigest] = [:]
    private(set) var snapshots: [String: SnapshotRow] = [:]
    /// By container.
    private(set) var imageLeases: [String: Set<ImageLease>] = [:]
    private(set) var intents: [Int64: IntentRow] = [:]
    private(set) var volumes: [String: VolumeRow] = [:]
    /// Volumes with options, and the containers they are mounted for.
    private(set) var volumeMounts: Set<VolumeUse> = []

    /// How many images, layers, snapshots, leases and intents need a layer to stay.
    private(set) var layerUses: [ContentDigest: Int] = [:]
    /// How many images and intents need a blob to stay.
    private(set) var blobUses: [ContentDigest: Int] = [:]
    private var referencesOfImage: [ContentDigest: Set<ImageReference>] = [:]
    private(set) var nextLink: Int64 = 1
    private(set) var nextIntent: Int64 = 1

    /// An image's names, in order.
    func references(to image: ContentDigest) -> [ImageReference] {
        (referencesOfImage[image] ?? []).sorted { $0.canonical < $1.canonical }
    }

    /// A layer and all below it, topmost first.
    func chain(from top: ContentDigest?) -> [LayerRow] {
        var chain: [LayerRow] = []
        var next = top
        while let chainID = next, let layer = layers[chainID] {
            chain.append(layer)
            next = layer.parent
        }
        return chain
    }

    func hasChildren(_ image: ContentDigest) -> Bool {
        images.values.contains { $0.parent == image }
    }

    mutating func apply(_ change: CatalogChange) {
        switch change {
        case .addBlob(let row): blobs[row.digest] = row
        case .removeBlob(let digest): blobs[digest] = nil
        case .addLayer(let row): add(row)
        case .removeLayer(let chainID): release(layers.removeValue(forKey: chainID)?.parent)
        case .addImage(let row): add(row)
        case .removeImage(let id): removeImage(id)
        case .setManifest(let manifest, let blobs, let image): setManifest(manifest, blobs, image)
        case .setReference(let reference, let image, let time): name(image, reference, at: time)
        case .removeReference(let reference): removeReference(reference)
        case .addSnapshot(let row): add(row)
        case .removeSnapshot(let containerID): removeSnapshot(containerID)
        case .addImageLease(let lease): if imageLeases[lease.containerID, default: []].insert(lease).inserted { use(lease.topLayer) }
        case .openIntent, .holdLayer, .holdBlob, .closeIntent: applyIntent(change)
        case .addVolume(let row): volumes[row.name] = row
        case .removeVolume(let name): volumes[name] = nil
        case .addVolumeUse(let use): volumeMounts.insert(use)
        case .removeVolumeUse(let use): volumeMounts.remove(use)
        }
    }

    private mutating func applyIntent(_ change: CatalogChange) {
        switch change {
        case .openIntent(let row):
            intents[row.id] = row
            nextIntent = max(nextIntent, row.id + 1)
            for layer in row.layers { use(layer) }
            for blob in row.blobs { useBlob(blob) }
        case .holdLayer(let layer, let intent):
            if intents[intent]?.layers.insert(layer).inserted == true { use(layer) }
        case .holdBlob(let blob, let intent):
            if intents[intent]?.blobs.insert(blob).inserted == true { useBlob(blob) }
        case .closeIntent(let id):
            guard let row = intents.removeValue(forKey: id) else { return }
            for layer in row.layers { release(layer) }
            for blob in row.blobs { releaseBlob(blob) }
        default: break
        }
    }

    private mutating func add(_ row: LayerRow) {
        layers[row.chainID] = row
        nextLink = max(nextLink, row.link + 1)
        use(row.parent)
    }

    private mutating func add(_ row: ImageRow) {
        images[row.id] = row
        use(row.topLayer)
        for blob in row.blobs { useBlob(blob) }
    }

    private mutating func add(_ row: SnapshotRow) {
        snapshots[row.containerID] = row
        use(row.topLayer)
    }

    private mutating func removeSnapshot(_ containerID: String) {
        release(snapshots.removeValue(forKey: containerID)?.topLayer)
        for lease in imageLeases.removeValue(forKey: containerID) ?? [] { release(lease.topLayer) }
    }

    private mutating func removeImage(_ id: ContentDigest) {
        guard let row = images.removeValue(forKey: id) else { return }
        release(row.topLayer)
        for blob in row.blobs { releaseBlob(blob) }
    }

    private mutating func setManifest(_ manifest: [UInt8], _ blobs: [ContentDigest], _ image: ContentDigest) {
        guard let row = images[image] else { return }
        for blob in blobs { useBlob(blob) }
        for blob in row.blobs { releaseBlob(blob) }
        images[image]?.manifest = manifest
        images[image]?.manifestDigest = ContentDigest(of: manifest)
        images[image]?.blobs = blobs
    }

    private mutating func name(_ image: ContentDigest, _ reference: ImageReference, at time: Int64) {
        removeReference(reference)
        references[reference] = image
        referencesOfImage[image, default: []].insert(reference)
        images[image]?.lastTaggedAt = time
    }

    private mutating func removeReference(_ reference: ImageReference) {
        guard let image = references.removeValue(forKey: reference) else { return }
        referencesOfImage[image]?.remove(reference)
        if referencesOfImage[image]?.isEmpty == true { referencesOfImage[image] = nil }
    }

    private mutating func use(_ layer: ContentDigest?) {
        if let layer { layerUses[layer, default: 0] += 1 }
    }

    private mutating func release(_ layer: ContentDigest?) {
        guard let layer, let uses = layerUses[layer] else { return }
        layerUses[layer] = uses > 1 ? uses - 1 : nil
    }

    private mutating func useBlob(_ blob: ContentDigest) { blobUses[blob, default: 0] += 1 }

    private mutating func releaseBlob(_ blob: ContentDigest) {
        guard let uses = blobUses[blob] else { return }
        blobUses[blob] = uses > 1 ? uses - 1 : nil
    }
}
