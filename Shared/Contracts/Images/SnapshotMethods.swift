// The methods of the image service that are about containers' writable layers.
import RPC

/// Makes a container's rw layer above an image, and the init layer between them. Idempotent for the same container and image.
/// Errors: notFound for the image; conflict when the container has a snapshot of another image; `invalidParameter` when the working
/// directory is a file, in Docker's words, and when there is to be a limit that the file system can't keep.
public enum PrepareSnapshot: RPCMethod {
    public static let name = "images.snapshot.prepare"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var imageID: String
        /// Absolute, in the container: made in the rw layer, with the directories above it, if the image doesn't have it. nil or empty
        /// for none.
        public var workingDirectory: String?
        /// The container's labels.
        public var labels: [String: String]?
        /// How many bytes the rw layer may have; nil without a limit.
        public var size: Int64?
        public init(
            containerID: String, imageID: String, workingDirectory: String? = nil, labels: [String: String]? = nil, size: Int64? = nil
        ) {
            self.labels = labels
            self.size = size
            self.containerID = containerID
            self.imageID = imageID
            self.workingDirectory = workingDirectory
        }
    }
    public typealias Response = SnapshotRecord
}

/// A container's layers, as the shim mounts them.
public struct SnapshotRecord: Codable, Sendable, Equatable {
    public var containerID: String
    public var imageID: String
    /// Topmost first: the init layer, then the image's layers.
    public var lower: [String]
    public var upper: String
    public var work: String
    public init(containerID: String, imageID: String, lower: [String], upper: String, work: String) {
        self.containerID = containerID
        self.imageID = imageID
        self.lower = lower
        self.upper = upper
        self.work = work
    }
}

/// Forgets a container's rw layer; its bytes are freed soon after. Succeeds when there is none.
public enum RemoveSnapshot: RPCMethod {
    public static let name = "images.snapshot.remove"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public init(containerID: String) { self.containerID = containerID }
    }
    public typealias Response = RPCNothing
}

/// Keeps an image's layers for a container that has its files mounted, for as long as it has a snapshot. Idempotent.
/// Errors: notFound for the image, in Docker's words, and for the container; `invalidParameter` for a bad reference.
public enum LeaseImage: RPCMethod {
    public static let name = "images.snapshot.lease"
    public struct Request: Codable, Sendable {
        public var containerID: String
        /// A reference, a digest, an ID or a prefix of one. The ID of an image that is gone still works while a container keeps its layers.
        public var image: String
        public init(containerID: String, image: String) {
            self.containerID = containerID
            self.image = image
        }
    }
    public struct Response: Codable, Sendable, Equatable {
        public var imageID: String
        /// Topmost first; of an image without any, a directory that is always empty.
        public var layers: [String]
        public init(imageID: String, layers: [String]) {
            self.imageID = imageID
            self.layers = layers
        }
    }
}

/// Every snapshot there is: what the gateway converges with after a crash.
public enum ListSnapshots: RPCMethod {
    public static let name = "images.snapshot.list"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var snapshots: [SnapshotRecord]
        public init(snapshots: [SnapshotRecord]) { self.snapshots = snapshots }
    }
}

/// Bytes of a container's rw layer, for `--size`.
public enum MeasureSnapshot: RPCMethod {
    public static let name = "images.snapshot.measure"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public init(containerID: String) { self.containerID = containerID }
    }
    public struct Response: Codable, Sendable {
        /// Bytes in the rw layer.
        public var writable: Int64
        /// Bytes of the image below it.
        public var image: Int64
        public init(writable: Int64, image: Int64) {
            self.writable = writable
            self.image = image
        }
    }
}
