// What the sequences need of the image service.
import Contracts
import RPC

/// The image service, as the sequences see it.
protocol ImageService: VolumeService, FileService, ImageDataService {
    func inspect(_ name: String, _ context: RPCContext) async throws -> ImageRecord
    func list(_ context: RPCContext) async throws -> [ImageRecord]
    func tag(_ request: TagImage.Request, _ context: RPCContext) async throws -> TagImage.Response
    func remove(_ request: RemoveImage.Request, _ context: RPCContext) async throws -> RemoveImage.Response
    func prepareSnapshot(_ request: PrepareSnapshot.Request, _ context: RPCContext) async throws -> SnapshotRecord
    func leaseImage(_ request: LeaseImage.Request, _ context: RPCContext) async throws -> LeaseImage.Response
    /// Passes on which images there are, and each change, until the task is cancelled or the service ends.
    func watch(_ handler: @Sendable (WatchImages.Outbound) async -> Void) async throws
    func removeSnapshot(container: String, _ context: RPCContext) async throws
    func listSnapshots(_ context: RPCContext) async throws -> [SnapshotRecord]
    func measureSnapshot(container: String, _ context: RPCContext) async throws -> MeasureSnapshot.Response
    /// Sends an archive and tells the progress; returns when the images are there.
    func importImage(
        _ request: ImportImage.Request, archive: ArchiveSource, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> ImportImage.Response
    func loadImages(
        _ request: LoadImages.Request, archive: ArchiveSource, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> LoadImages.Response
    func pushImage(_ request: PushImage.Request, progress: @escaping ProgressSink, _ context: RPCContext) async throws -> PushImage.Response
    func logIn(_ request: LogIn.Request, _ context: RPCContext) async throws -> LogIn.Response
    func searchImages(_ request: SearchImages.Request, _ context: RPCContext) async throws -> SearchImages.Response
    func inspectDistribution(_ request: InspectDistribution.Request, _ context: RPCContext) async throws -> InspectDistribution.Response
    func pullImage(_ request: PullImage.Request, progress: @escaping ProgressSink, _ context: RPCContext) async throws -> PullImage.Response
}

/// An uploaded archive, in pieces of at most 256 KiB.
typealias ArchiveSource = any AsyncSequence<[UInt8], any Error> & Sendable
/// Takes a line of progress.
typealias ProgressSink = @Sendable (ImageProgress) async throws -> Void
