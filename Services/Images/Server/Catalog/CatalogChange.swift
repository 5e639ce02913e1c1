// The steps by which the catalogue changes: the same for the copy in memory and the one on disk.
import Models

/// One change. Several are committed together or not at all.
enum CatalogChange: Sendable, Equatable {
    case addBlob(BlobRow)
    case removeBlob(ContentDigest)
    case addLayer(LayerRow)
    case removeLayer(ContentDigest)
    case addImage(ImageRow)
    case removeImage(ContentDigest)
    /// Gives an image the manifest that a registry has for it, and the layers that it names, as they came.
    case setManifest([UInt8], blobs: [ContentDigest], image: ContentDigest)
    /// Names an image, whatever had the name before. `at`: nanoseconds since 1970.
    case setReference(ImageReference, image: ContentDigest, at: Int64)
    case removeReference(ImageReference)
    case addSnapshot(SnapshotRow)
    /// With its leases.
    case removeSnapshot(containerID: String)
    case addImageLease(ImageLease)
    case openIntent(IntentRow)
    case holdLayer(ContentDigest, intent: Int64)
    case holdBlob(ContentDigest, intent: Int64)
    case closeIntent(Int64)
    case addVolume(VolumeRow)
    case removeVolume(name: String)
    case addVolumeUse(VolumeUse)
    case removeVolumeUse(VolumeUse)
}
