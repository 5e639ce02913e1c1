// The places in pull and push where a test can have the service die, in the order they are passed.

/// Names for `FaultPoint.reach`; those of the layers and images that a pull makes are `ImageFault`'s.
enum RegistryFault {
    /// It is known which image is wanted; nothing is begun.
    static let manifestChosen: StaticString = "images.pull.chosen"
    /// The file of a download is there, and what it is.
    static let downloadBegun: StaticString = "images.download.begun"
    /// Some bytes of it are in the file.
    static let downloadWritten: StaticString = "images.download.written"
    /// Some bytes of it are durable, and it is on record how many.
    static let downloadDurable: StaticString = "images.download.durable"
    /// All bytes of it are in the file.
    static let downloadComplete: StaticString = "images.download.complete"
    /// The image is on record; the files of its downloads are still there.
    static let pullRecorded: StaticString = "images.pull.recorded"

    /// A plain layer has been compressed for a push.
    static let pushCompressed: StaticString = "images.push.compressed"
    /// It is known what is to be sent; nothing is.
    static let pushPlanned: StaticString = "images.push.planned"
    /// The registry waits for a blob.
    static let uploadBegun: StaticString = "images.push.upload.begun"
    /// It has all bytes of it, and not its digest.
    static let uploadSent: StaticString = "images.push.upload.sent"
    /// It has all blobs of the image, and no manifest.
    static let blobsPushed: StaticString = "images.push.blobs"
    /// It has the manifest; here it isn't known by its digest yet.
    static let manifestPushed: StaticString = "images.push.manifest"
    static let pushRecorded: StaticString = "images.push.recorded"

    static let pull = [manifestChosen, downloadBegun, downloadWritten, downloadDurable, downloadComplete, pullRecorded]
    static let push = [pushCompressed, pushPlanned, uploadBegun, uploadSent, blobsPushed, manifestPushed, pushRecorded]
}
