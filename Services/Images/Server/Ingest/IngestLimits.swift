// How much an archive may become.

/// Bounds that keep a hostile archive from filling the disk. All are errors when passed, never silent cuts.
struct IngestLimits: Sendable, Equatable {
    /// Bytes of one layer, decompressed.
    var maximumLayerSize: Int64 = 128 << 30
    /// Decompressed bytes for each compressed one, once a layer is larger than `expansionFloor`.
    var maximumExpansionRatio = 400
    /// What may come of few bytes without asking.
    var expansionFloor: Int64 = 256 << 20
    /// Files, directories and links in one layer.
    var maximumEntries = 4_000_000
    /// Bytes of an uploaded archive, decompressed.
    var maximumArchiveSize: Int64 = 512 << 30
    /// Members of an uploaded archive.
    var maximumMembers = 20_000
    /// Bytes of a manifest, index or config.
    var maximumDocumentSize: Int64 = 4 << 20
    /// Arrays and objects within each other in a document.
    var maximumDocumentDepth = 32
    /// Layers of one image.
    var maximumLayers = 500

    init() {}
}

/// An archive that wants to become more than is allowed.
enum IngestLimitError: Error, Sendable, Equatable, CustomStringConvertible {
    case size(limit: Int64)
    case expansion(ratio: Int)

    var description: String {
        switch self {
        case .size(let limit):
            "the archive unpacks to more than \(limit) bytes; if it is to be trusted, raise --max-layer-size or --max-archive-size"
        case .expansion(let ratio):
            "the archive expands to more than \(ratio) times its size; if it is to be trusted, raise --max-expansion-ratio"
        }
    }
}
