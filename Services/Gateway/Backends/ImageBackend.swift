// What the image routes need of the engine.
import Models
import RPC

/// An upload: pieces of at most 256 KiB, read from the client as they are asked for. It has one reader.
public typealias UploadedBytes = any AsyncSequence<[UInt8], any Error> & Sendable

/// Progress of an operation; ends when it is done, throws `RPCError` when it fails.
/// A failure before the first message becomes the answer's status, a later one a line of the answer.
public typealias ProgressStream = AsyncThrowingStream<ProgressMessage, any Error>

/// The engine's images. `name` is whatever the client wrote: a reference, a digest, an ID or a unique prefix of one.
/// Errors: notFound (`No such image: x:latest`), `invalidParameter`, conflict.
public protocol ImageBackend: Sendable {
    func listImages(_ query: ImageListQuery, context: RPCContext) async throws -> [ImageSummary]
    func inspectImage(_ name: String, context: RPCContext) async throws -> ImageInspect
    /// The last message's status is the new image's ID.
    func importImage(_ request: ImageImportRequest, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream
    func loadImages(quiet: Bool, platform: String?, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream
    func pullImage(_ request: ImagePullRequest, context: RPCContext) async throws -> ProgressStream
    /// The first message comes before the registry is asked. `reference` is `repository[:tag]`.
    func pushImage(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> ProgressStream
    /// Returns what stands for the user from now on, empty for nothing. Errors: `unauthorized`.
    func logIn(_ login: RegistryLogin, context: RPCContext) async throws -> String
    /// Errors: `invalidParameter`; internal in the index's words.
    func searchImages(_ query: ImageSearchQuery, credentials: RegistryLogin?, context: RPCContext) async throws -> [ImageSearchResult]
    func inspectDistribution(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> DistributionInspect
    /// `reference` is `repository[:tag]`.
    func tagImage(_ name: String, as reference: String, context: RPCContext) async throws
    func removeImage(_ name: String, force: Bool, noPrune: Bool, context: RPCContext) async throws -> [ImageDeleteItem]
}

/// What list is asked for.
public struct ImageListQuery: Sendable, Equatable {
    /// The keys that list accepts.
    public static let filterKeys: Set<String> = ["before", "dangling", "label", "label!", "reference", "since", "until"]

    /// Includes intermediate images.
    public var all: Bool
    public var filters: Filters
    /// Computes `sharedSize`.
    public var sharedSize: Bool

    public init(all: Bool = false, filters: Filters = Filters(), sharedSize: Bool = false) {
        self.all = all
        self.filters = filters
        self.sharedSize = sharedSize
    }
}

/// What import is asked for.
public struct ImageImportRequest: Sendable, Equatable {
    /// `repository[:tag]`; nil for an image without a name.
    public var reference: String?
    public var message: String
    /// Dockerfile instructions.
    public var changes: [String]
    /// `os/architecture[/variant]`; nil for the host's.
    public var platform: String?
    /// URL that the archive is fetched from; nil for one that is sent.
    public var source: String?

    public init(reference: String?, message: String = "", changes: [String] = [], platform: String? = nil, source: String? = nil) {
        self.source = source
        self.reference = reference
        self.message = message
        self.changes = changes
        self.platform = platform
    }
}
