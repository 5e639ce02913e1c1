// The methods of the image service that are about images.
import RPC

/// An image as the store knows it.
public struct ImageRecord: Codable, Sendable, Equatable {
    /// `sha256:` and the config's digest.
    public var id: String
    /// `repository:tag`, in the familiar form (`busybox:latest`).
    public var tags: [String]
    /// `repository@sha256:…`, familiar.
    public var digests: [String]
    /// The image config, byte for byte as stored: JSON as the OCI image specification describes it.
    public var config: [UInt8]
    /// Digest of the manifest it came with, empty for an imported image.
    public var manifestDigest: String
    /// Bytes of all layers, unpacked.
    public var size: Int64
    /// Nanoseconds since 1970: when a tag was last put on it; 0 for never.
    public var lastTaggedAt: Int64
    /// ID of the image it was made from on this host, empty for one that came from elsewhere.
    public var parent: String

    public init(
        id: String, tags: [String], digests: [String], config: [UInt8], manifestDigest: String, size: Int64, lastTaggedAt: Int64,
        parent: String = ""
    ) {
        self.parent = parent
        self.id = id
        self.tags = tags
        self.digests = digests
        self.config = config
        self.manifestDigest = manifestDigest
        self.size = size
        self.lastTaggedAt = lastTaggedAt
    }
}

/// A piece of an uploaded or downloaded archive, at most 256 KiB.
public struct ArchiveChunk: Codable, Sendable {
    public var bytes: [UInt8]
    public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A line of Docker's progress stream.
public struct ImageProgress: Codable, Sendable, Equatable {
    public var id: String?
    public var status: String?
    /// Plain output, as `load` gives: `Loaded image: busybox:latest\n`.
    public var stream: String?
    public var current: Int64?
    public var total: Int64?
    public init(id: String? = nil, status: String? = nil, stream: String? = nil, current: Int64? = nil, total: Int64? = nil) {
        self.id = id
        self.status = status
        self.stream = stream
        self.current = current
        self.total = total
    }

    /// What a push left in the registry: the line that carries it has no words.
    public var pushed: PushedImage?
    public init(pushed: PushedImage) { self.pushed = pushed }
}

/// Makes a one-layer image from the tar of a root filesystem (plain, gzip, zstd, xz or bzip2), sent as inbound items.
public enum ImportImage: RPCStreamMethod {
    public static let name = "images.import"
    public struct Request: Codable, Sendable {
        /// `repository[:tag]`, or nil for an image without a name.
        public var reference: String?
        public var message: String
        /// Dockerfile instructions (`CMD`, `ENV`, …) applied to the config.
        public var changes: [String]
        /// `os/architecture[/variant]`, nil for the host's.
        public var platform: String?
        /// URL that the archive is fetched from; nil for one that is sent.
        public var source: String?
        public init(
            reference: String?, message: String = "", changes: [String] = [], platform: String? = nil, source: String? = nil
        ) {
            self.source = source
            self.reference = reference
            self.message = message
            self.changes = changes
            self.platform = platform
        }
    }
    public typealias Inbound = ArchiveChunk
    public typealias Outbound = ImageProgress
    public struct Response: Codable, Sendable {
        public var imageID: String
        public init(imageID: String) { self.imageID = imageID }
    }
}

/// Loads the images of a docker-archive or an OCI layout, sent as inbound items.
public enum LoadImages: RPCStreamMethod {
    public static let name = "images.load"
    public struct Request: Codable, Sendable {
        public var quiet: Bool
        public var platform: String?
        public init(quiet: Bool = false, platform: String? = nil) {
            self.quiet = quiet
            self.platform = platform
        }
    }
    public typealias Inbound = ArchiveChunk
    public typealias Outbound = ImageProgress
    public struct Response: Codable, Sendable {
        public var imageIDs: [String]
        public var tags: [String]
        public init(imageIDs: [String], tags: [String]) {
            self.imageIDs = imageIDs
            self.tags = tags
        }
    }
}

/// Every image, newest first. Filtering is the gateway's.
public enum ListImages: RPCMethod {
    public static let name = "images.list"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var images: [ImageRecord]
        public init(images: [ImageRecord]) { self.images = images }
    }
}

/// Finds an image by reference, by digest, by ID or by a unique prefix of its ID.
/// Errors: notFound with Docker's words (`No such image: x:latest`); `invalidParameter` for an ambiguous prefix or a bad reference.
public enum InspectImage: RPCMethod {
    public static let name = "images.inspect"
    public struct Request: Codable, Sendable {
        public var name: String
        public init(name: String) { self.name = name }
    }
    public typealias Response = ImageRecord
}

/// Names an image `repository:tag`. Errors: notFound, `invalidParameter`.
public enum TagImage: RPCMethod {
    public static let name = "images.tag"
    public struct Request: Codable, Sendable {
        public var source: String
        public var reference: String
        public init(source: String, reference: String) {
            self.source = source
            self.reference = reference
        }
    }
    public struct Response: Codable, Sendable {
        public var imageID: String
        /// The image that had the tag before and lost it.
        public var untaggedImageID: String?
        public init(imageID: String, untaggedImageID: String? = nil) {
            self.imageID = imageID
            self.untaggedImageID = untaggedImageID
        }
    }
}

/// Removes a name, or an image, by Docker's rules. Errors: notFound; conflict with Docker's words.
public enum RemoveImage: RPCMethod {
    public static let name = "images.remove"
    /// A container that was made from an image.
    public struct Use: Codable, Sendable {
        public var imageID: String
        public var containerID: String
        public var running: Bool
        public init(imageID: String, containerID: String, running: Bool) {
            self.imageID = imageID
            self.containerID = containerID
            self.running = running
        }
    }
    public struct Request: Codable, Sendable {
        public var name: String
        public var force: Bool
        public var noPrune: Bool
        public var uses: [Use]
        public init(name: String, force: Bool = false, noPrune: Bool = false, uses: [Use] = []) {
            self.name = name
            self.force = force
            self.noPrune = noPrune
            self.uses = uses
        }
    }
    public enum Step: Codable, Sendable, Equatable {
        case untagged(String)
        case deleted(String)
    }
    public struct Response: Codable, Sendable {
        public var imageID: String
        public var steps: [Step]
        public init(imageID: String, steps: [Step]) {
            self.imageID = imageID
            self.steps = steps
        }
    }
}
