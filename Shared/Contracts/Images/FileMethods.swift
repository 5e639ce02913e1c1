// The methods of the image service that are about the files of containers, running or not.
import RPC

/// Whose files are meant, and what they are made of. Errors of all methods here: notFound with the detail `file` when there is no such
/// path; forbidden for what is read-only; `invalidParameter`.
public struct ContainerFiles: Codable, Sendable, Equatable {
    /// Something mounted over the container's layers.
    public struct Mount: Codable, Sendable, Equatable {
        public var source: String
        /// Absolute, in the container.
        public var destination: String
        public var readonly: Bool
        /// Below the source; no link in it leads out of the source. nil for the source itself.
        public var subpath: String?
        /// For an image: its layers, topmost first; `source` is then only a name.
        public var layers: [String]?
        public init(source: String, destination: String, readonly: Bool, subpath: String? = nil, layers: [String]? = nil) {
            self.source = source
            self.subpath = subpath
            self.layers = layers
            self.destination = destination
            self.readonly = readonly
        }
    }

    public var containerID: String
    /// Its first process while it runs: files are as that process sees them. nil puts layers and mounts together instead; the caller
    /// sees to it that the container isn't started meanwhile.
    public var pid: Int32?
    /// In the order they are mounted.
    public var mounts: [Mount]
    /// Nothing may be written outside of the mounts.
    public var readonlyRoot: Bool
    /// The map of the user namespace that the container runs in; nil for the host's. Owners in archives are those in the container.
    public var idMap: IDMap?

    public init(
        containerID: String, pid: Int32? = nil, mounts: [Mount] = [], readonlyRoot: Bool = false, idMap: IDMap? = nil
    ) {
        self.containerID = containerID
        self.pid = pid
        self.mounts = mounts
        self.readonlyRoot = readonlyRoot
        self.idMap = idMap
    }

    /// The detail of an error that says that a path leads to nothing.
    public static let missingFile = "file"
}

/// A file as `docker cp` needs to know it.
public struct FileStatus: Codable, Sendable, Equatable {
    public var name: String
    public var size: Int64
    /// Type and permissions as stat(2) has them.
    public var mode: UInt32
    /// Nanoseconds since 1970.
    public var modifiedAt: Int64
    /// Where a symbolic link leads in the end, absolute in the container; empty for anything else.
    public var linkTarget: String
    public init(name: String, size: Int64, mode: UInt32, modifiedAt: Int64, linkTarget: String) {
        self.name = name
        self.size = size
        self.mode = mode
        self.modifiedAt = modifiedAt
        self.linkTarget = linkTarget
    }
}

/// Looks at one path. A link in its last component is followed only when the path ends with `/` or `/.`.
public enum StatFile: RPCMethod {
    public static let name = "images.file.stat"
    public struct Request: Codable, Sendable {
        public var files: ContainerFiles
        public var path: String
        public init(files: ContainerFiles, path: String) {
            self.files = files
            self.path = path
        }
    }
    public typealias Response = FileStatus
}

/// Sends a file, or a directory with all below it, as a tar. The first item has the status and no bytes.
public enum ReadFiles: RPCStreamMethod {
    public static let name = "images.file.read"
    public typealias Request = StatFile.Request
    public struct Outbound: Codable, Sendable {
        public var status: FileStatus?
        public var bytes: [UInt8]
        public init(status: FileStatus? = nil, bytes: [UInt8] = []) {
            self.status = status
            self.bytes = bytes
        }
    }
    public typealias Response = RPCNothing
}

/// Unpacks a tar (plain, gzip, zstd, xz or bzip2), sent as inbound items, into a directory that is there.
public enum WriteFiles: RPCStreamMethod {
    public static let name = "images.file.write"
    public struct Request: Codable, Sendable {
        public var files: ContainerFiles
        public var path: String
        /// A directory is never replaced by something else, nor something else by a directory.
        public var keepsKinds: Bool
        /// `user[:group]` that everything belongs to afterwards; nil leaves what the archive says.
        public var owner: String?
        public init(files: ContainerFiles, path: String, keepsKinds: Bool = false, owner: String? = nil) {
            self.files = files
            self.path = path
            self.keepsKinds = keepsKinds
            self.owner = owner
        }
    }
    public typealias Inbound = ArchiveChunk
    public typealias Response = RPCNothing
}

/// Sends a container's layers as one tar, without what is mounted over them.
public enum ExportContainer: RPCStreamMethod {
    public static let name = "images.file.export"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public init(containerID: String) { self.containerID = containerID }
    }
    public typealias Outbound = ArchiveChunk
    public typealias Response = RPCNothing
}

/// A path of a container's rw layer.
public struct FileChange: Codable, Sendable, Equatable {
    public enum Kind: Int, Codable, Sendable { case modified = 0, added = 1, deleted = 2 }
    public var path: String
    public var kind: Kind
    public init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

/// Sends what a container has changed of its image, in the order of a walk, some hundred changes an item.
public enum ListChanges: RPCStreamMethod {
    public static let name = "images.file.changes"
    public typealias Request = ExportContainer.Request
    public struct Outbound: Codable, Sendable {
        public var changes: [FileChange]
        public init(changes: [FileChange]) { self.changes = changes }
    }
    public typealias Response = RPCNothing
}
