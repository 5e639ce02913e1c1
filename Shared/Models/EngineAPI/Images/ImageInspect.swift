// An image in full.

/// The answer to inspect.
public struct ImageInspect: Codable, Sendable, Equatable {
    public struct RootFS: Codable, Sendable, Equatable {
        /// `layers`.
        public var type: String
        /// Digests of the uncompressed layers, lowest first.
        public var layers: [String]

        public init(type: String = "layers", layers: [String]) {
            self.type = type
            self.layers = layers
        }

        enum CodingKeys: String, CodingKey { case type = "Type", layers = "Layers" }
    }

    public struct Metadata: Codable, Sendable, Equatable {
        /// When it was last tagged here; `.never` when it wasn't.
        public var lastTagTime: EngineTime

        public init(lastTagTime: EngineTime) { self.lastTagTime = lastTagTime }

        enum CodingKeys: String, CodingKey { case lastTagTime = "LastTagTime" }
    }

    public var id: String
    @ZeroIfAbsent public var repoTags: [String]
    @ZeroIfAbsent public var repoDigests: [String]
    /// Written from 1.52 on only when there is one, like `dockerVersion`.
    public var parent: String?
    @ZeroIfAbsent public var comment: String
    /// nil when the image doesn't say.
    public var created: EngineTime?
    public var dockerVersion: String?
    @ZeroIfAbsent public var author: String
    public var config: ImageRunConfig?
    @ZeroIfAbsent public var architecture: String
    @OmittedIfZero public var variant: String
    @ZeroIfAbsent public var os: String
    @OmittedIfZero public var osVersion: String
    /// Bytes of all layers.
    @ZeroIfAbsent public var size: Int64
    /// The same as `size`; only before 1.44.
    public var virtualSize: Int64?
    public var graphDriver: GraphDriver?
    public var rootFS: RootFS
    public var metadata: Metadata
    /// What it was committed from; only before 1.45, and empty.
    public var container: String?
    public var containerConfig: ContainerConfig?

    public init(id: String, rootFS: RootFS, metadata: Metadata) {
        self.id = id
        self.rootFS = rootFS
        self.metadata = metadata
    }

    enum CodingKeys: String, CodingKey {
        case id = "Id", repoTags = "RepoTags", repoDigests = "RepoDigests", parent = "Parent", comment = "Comment", created = "Created"
        case dockerVersion = "DockerVersion", author = "Author", config = "Config", architecture = "Architecture", variant = "Variant"
        case os = "Os", osVersion = "OsVersion", size = "Size", virtualSize = "VirtualSize", graphDriver = "GraphDriver"
        case rootFS = "RootFS", metadata = "Metadata", container = "Container", containerConfig = "ContainerConfig"
    }
}
