// What the routes that take images out, make them of containers and account for them need of the engine.
import Models
import RPC

/// Images beyond their names. Errors: notFound, `invalidParameter`, conflict.
public protocol ImageDataBackend: Sendable {
    /// Newest step first.
    func history(of name: String, context: RPCContext) async throws -> [ImageHistoryItem]
    /// A tar of images.
    func saveImages(_ names: [String], context: RPCContext) async throws -> ByteStream
    /// Returns the new image's ID.
    func commit(_ options: CommitOptions, context: RPCContext) async throws -> String
    /// Removes images without names, or, by `dangling=false`, all that no container uses.
    func pruneImages(filters: Filters, context: RPCContext) async throws -> ImagesPruneReport
    /// Empties the cache of builds, which has nothing in it, and tells that it was done.
    func pruneBuildCache() async
    func diskUsage(_ query: DiskUsageQuery, context: RPCContext) async throws -> DiskUsageReport
}

/// How an image is made of a container.
public struct CommitOptions: Sendable, Equatable {
    public var container: String
    /// `repository[:tag]`; nil for an image without a name.
    public var reference: String?
    public var comment: String
    public var author: String
    /// Stops the container's processes meanwhile.
    public var pauses: Bool
    /// Dockerfile instructions.
    public var changes: [String]
    /// Wins over the container's own configuration.
    public var config: ContainerConfig?

    public init(
        container: String, reference: String? = nil, comment: String = "", author: String = "", pauses: Bool = true,
        changes: [String] = [], config: ContainerConfig? = nil
    ) {
        self.container = container
        self.reference = reference
        self.comment = comment
        self.author = author
        self.pauses = pauses
        self.changes = changes
        self.config = config
    }
}

/// What disk usage is asked of.
public enum DiskUsageKind: String, Sendable, CaseIterable {
    case container, image, volume
    case buildCache = "build-cache"
}

/// Which disk usage is asked for.
public struct DiskUsageQuery: Sendable, Equatable {
    public var kinds: Set<DiskUsageKind>
    /// Only containers and volumes with these labels are measured.
    public var labels: [String: String]
    /// Asks for the bytes by what files are for, too: every file of the engine's is looked at for that.
    public var isVerbose: Bool

    public init(kinds: Set<DiskUsageKind>, labels: [String: String] = [:], isVerbose: Bool = false) {
        self.kinds = kinds
        self.labels = labels
        self.isVerbose = isVerbose
    }
}

/// What takes space, each kind nil unless asked for.
public struct DiskUsageReport: Sendable {
    /// Bytes of all layers, each counted once.
    public var layersSize: Int64?
    public var images: [ImageSummary]?
    public var containers: [ContainerSummary]?
    public var volumes: [VolumeInfo]?
    /// Bytes by what files are for.
    public var bytes: [String: Int64]?

    public init() {}
}

public enum ImagePruneFilterKeys {
    public static let all: Set<String> = ["dangling", "label", "label!", "until"]
}
