// The places where a test can have the service die, in the order they are passed.

/// Names for `FaultPoint.reach`.
enum ImageFault {
    /// Within every transaction, before its commit.
    static let catalogWritten: StaticString = "images.catalog.written"

    /// An import or load is on record; nothing is staged yet.
    static let intentOpened: StaticString = "images.intent.opened"
    /// An archive's members are in the staging directory.
    static let archiveSpooled: StaticString = "images.archive.spooled"
    /// A layer's files are in the staging directory.
    static let layerUnpacked: StaticString = "images.layer.unpacked"
    /// They, and the blob, are durable.
    static let layerSynced: StaticString = "images.layer.synced"
    /// The layer has its final name.
    static let layerRenamed: StaticString = "images.layer.renamed"
    /// The blob has its final name.
    static let blobRenamed: StaticString = "images.blob.renamed"
    /// Both names are durable.
    static let layerDurable: StaticString = "images.layer.durable"
    /// The layer is on record, held by its intent.
    static let layerRecorded: StaticString = "images.layer.recorded"
    /// The image is on record, under its names.
    static let imageRecorded: StaticString = "images.image.recorded"

    /// A removed image is off the record; its layers are still there.
    static let removalRecorded: StaticString = "images.removal.recorded"
    /// Some of its files are in the trash.
    static let removalTrashed: StaticString = "images.removal.trashed"

    /// A snapshot's directories are there, not yet on record.
    static let snapshotMade: StaticString = "images.snapshot.made"
    static let snapshotRecorded: StaticString = "images.snapshot.recorded"
    /// A removed snapshot is off the record; its directories are still there.
    static let snapshotForgotten: StaticString = "images.snapshot.forgotten"
    static let snapshotTrashed: StaticString = "images.snapshot.trashed"

    /// A volume's directory is there, not yet on record.
    static let volumeMade: StaticString = "images.volume.made"
    static let volumeRecorded: StaticString = "images.volume.recorded"
    /// What a volume begins with is beside its data, not yet durable.
    static let volumeCopied: StaticString = "images.volume.copied"
    /// It is durable.
    static let volumeFilled: StaticString = "images.volume.filled"
    /// Some of it is in its place.
    static let volumeMoved: StaticString = "images.volume.moved"
    /// A removed volume is off the record; its directory is still there.
    static let volumeForgotten: StaticString = "images.volume.forgotten"
    static let volumeTrashed: StaticString = "images.volume.trashed"

    static let all = [
        catalogWritten, intentOpened, archiveSpooled, layerUnpacked, layerSynced, layerRenamed, blobRenamed, layerDurable, layerRecorded,
        imageRecorded, removalRecorded, removalTrashed, snapshotMade, snapshotRecorded, snapshotForgotten, snapshotTrashed,
        volumeMade, volumeRecorded, volumeCopied, volumeFilled, volumeMoved, volumeForgotten, volumeTrashed,
    ]
}
