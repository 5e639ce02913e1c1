// The methods of the image service that take images out, make them of containers, and account for what they take.
import RPC

/// Sends images as one tar: an OCI layout that has a `manifest.json` besides. Names are references, IDs or prefixes of them; a repository
/// alone means all its tags. Errors: notFound.
public enum SaveImages: RPCStreamMethod {
    public static let name = "images.save"
    public struct Request: Codable, Sendable {
        public var names: [String]
        public init(names: [String]) { self.names = names }
    }
    public typealias Outbound = ArchiveChunk
    public struct Response: Codable, Sendable {
        public var imageIDs: [String]
        public init(imageIDs: [String]) { self.imageIDs = imageIDs }
    }
}

/// Makes an image of what a container's image has and what the container changed of it. Errors: notFound; `invalidParameter`.
public enum CommitContainer: RPCMethod {
    public static let name = "images.commit"
    public struct Request: Codable, Sendable {
        public var containerID: String
        /// `repository[:tag]`, or nil for an image without a name.
        public var reference: String?
        public var comment: String
        public var author: String
        /// Dockerfile instructions applied to the config.
        public var changes: [String]
        /// The config of the container, as JSON in the form of an image config's `config`.
        public var config: [UInt8]
        /// What the container ran, for the image's history.
        public var command: String
        public init(
            containerID: String, reference: String? = nil, comment: String = "", author: String = "", changes: [String] = [],
            config: [UInt8], command: String = ""
        ) {
            self.containerID = containerID
            self.reference = reference
            self.comment = comment
            self.author = author
            self.changes = changes
            self.config = config
            self.command = command
        }
    }
    public struct Response: Codable, Sendable {
        public var imageID: String
        public init(imageID: String) { self.imageID = imageID }
    }
}

/// What the store takes on disk, and what of it images share.
public enum MeasureStore: RPCMethod {
    public static let name = "images.measure"
    public typealias Request = RPCNothing
    public struct Image: Codable, Sendable {
        public var id: String
        /// Bytes of each layer, lowest first.
        public var layers: [Int64]
        /// Bytes of layers that other images have, too.
        public var shared: Int64
        /// Images were made of it that are still there.
        public var hasChildren: Bool
        public init(id: String, layers: [Int64], shared: Int64, hasChildren: Bool) {
            self.id = id
            self.layers = layers
            self.shared = shared
            self.hasChildren = hasChildren
        }
    }
    public struct Response: Codable, Sendable {
        /// Bytes of all layers, each counted once.
        public var layersSize: Int64
        public var images: [Image]
        public init(layersSize: Int64, images: [Image]) {
            self.layersSize = layersSize
            self.images = images
        }
    }
}

/// Bytes that the files of the service's directory take, by what they are for. What belongs to nothing is in the class `orphans`.
public enum ClassifyBytes: RPCMethod {
    public static let name = "images.bytes"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var classes: [String: Int64]
        public init(classes: [String: Int64]) { self.classes = classes }
    }
}
