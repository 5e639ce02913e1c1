// What the store keeps record of: one type a table.
import Models

/// A layer: a directory that overlayfs can use.
struct LayerRow: Sendable, Equatable {
    /// Names the layer together with all below it.
    var chainID: ContentDigest
    /// Names the layer's own tar, decompressed.
    var diffID: ContentDigest
    /// The layer below, by its chain ID.
    var parent: ContentDigest?
    /// Names its short path.
    var link: Int64
    /// Bytes of its files.
    var size: Int64
}

/// A layer's tar as it came, compressed or not.
struct BlobRow: Sendable, Equatable {
    var digest: ContentDigest
    var diffID: ContentDigest
    var size: Int64
    var mediaType: String
}

/// An image.
struct ImageRow: Sendable, Equatable {
    /// Digest of `config`.
    var id: ContentDigest
    /// Byte for byte as it came.
    var config: [UInt8]
    /// The manifest it came with, byte for byte; empty when there was none.
    var manifest: [UInt8]
    /// Digest of `manifest`.
    var manifestDigest: ContentDigest?
    /// Chain ID of the uppermost layer; nil for an image without any.
    var topLayer: ContentDigest?
    /// Its layers as they came, lowest first.
    var blobs: [ContentDigest]
    /// The image it was made from on this host.
    var parent: ContentDigest?
    /// Nanoseconds since 1970, as its config says; 0 when it doesn't.
    var createdAt: Int64
    /// Bytes of its layers' files.
    var size: Int64
    /// Nanoseconds since 1970; 0 for never.
    var lastTaggedAt: Int64
}

/// A container's rw layer.
struct SnapshotRow: Sendable, Equatable {
    var containerID: String
    /// The image may be gone since; its layers stay while the snapshot does.
    var imageID: ContentDigest
    var topLayer: ContentDigest?
    /// The container's; nil in rows of earlier versions.
    var labels: [String: String]?
    /// Bytes that it may have; nil without a limit.
    var size: Int64?
}

/// An image whose files a container has mounted: its layers stay as long as the container's snapshot does.
struct ImageLease: Sendable, Hashable {
    var containerID: String
    /// The image may be gone since.
    var imageID: ContentDigest
    var topLayer: ContentDigest?
}

/// A volume.
struct VolumeRow: Sendable, Equatable {
    var name: String
    var labels: [String: String]
    /// Of the local driver; empty for a plain directory.
    var options: [String: String]
    /// Nanoseconds since 1970.
    var createdAt: Int64
}

/// A volume with options that is mounted for a container.
struct VolumeUse: Sendable, Hashable {
    var volume: String
    var containerID: String
}

/// Work in progress that makes content: what it has made so far is held for it until its image claims it.
///
/// None outlives a restart: what only an intent held is garbage then.
struct IntentRow: Sendable, Equatable {
    enum Kind: String, Sendable {
        case importImage = "import"
        case loadImages = "load"
        case commitContainer = "commit"
        case pullImage = "pull"
        case pushImage = "push"
        case checkStore = "check"
    }

    var id: Int64
    var kind: Kind
    /// Nanoseconds since 1970.
    var startedAt: Int64
    var layers: Set<ContentDigest> = []
    var blobs: Set<ContentDigest> = []
}
