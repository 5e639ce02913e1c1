// The image service: images and snapshots, whoever asks and by whatever transport.
import Contracts
import Logging
import Models
import RPC
import ServiceKit

/// Owns the store. Reads answer from memory at once; changes queue up in the store; archives are taken in a few at a time.
/// Every method throws `RPCError` only.
public actor ImageService {
    public typealias Report = @Sendable (ImageProgress) async throws -> Void

    nonisolated let store: ImageStore
    nonisolated let limits: IngestLimits
    nonisolated let pulls: PullCircumstances
    private let gate: IngestGate
    let volumeMounts: VolumeMounts
    nonisolated let engineRoot: String?

    /// Opens or makes the store in a directory and converges what an earlier process left. `engineRoot` is the directory that all
    /// services have theirs in, for what everything takes on disk, and for Docker's names of containers' layers.
    /// Throws what can't be overcome: `SystemError`, `StoreError`, `DatabaseError`, `CatalogDamage`.
    public static func open(
        root: String, engineRoot: String? = nil, settings: ImageSettings, logger: Logger
    ) async throws -> ImageService {
        let store = try await ImageStore.open(root: root, logger: logger)
        let sweep = PartialSweep(
            paths: store.paths, maximumAge: settings.registry.partialAge, maximumSpace: settings.registry.partialSpace,
            stored: Set(store.catalog.catalog.blobs.keys))
        try await BlockingWork.run { try sweep.run() }
        if let engineRoot { prepareAliases(store, engineRoot, logger) }
        return ImageService(store: store, engineRoot: engineRoot, settings: settings)
    }

    /// Nothing of the engine's own needs them.
    private static func prepareAliases(_ store: ImageStore, _ engineRoot: String, _ logger: Logger) {
        do {
            try LayerAliases(engineRoot: engineRoot, paths: store.paths).prepare()
        } catch {
            logger.warning("monitors won't find containers' layers by Docker's names", metadata: ["reason": "\(error)"])
        }
    }

    private init(store: ImageStore, engineRoot: String?, settings: ImageSettings) {
        self.store = store
        self.engineRoot = engineRoot
        volumeMounts = VolumeMounts(store: store)
        limits = settings.limits
        pulls = PullCircumstances(
            store: store, limits: settings.limits, access: RegistryAccess(settings: settings.registry),
            downloads: Downloads(paths: store.paths, width: settings.registry.concurrentDownloads))
        gate = IngestGate(width: settings.concurrentIngests)
    }

    /// Makes an image from a root filesystem. `input` gives the archive's bytes in pieces.
    public func importImage<S: AsyncSequence & Sendable>(
        _ request: ImportImage.Request, input: S, report: @escaping Report
    ) async throws(RPCError) -> ImportImage.Response where S.Element == [UInt8] {
        if let source = request.source { return try await importImage(from: source, request, report: report) }
        let work = try ImageImport(request, store: store, limits: limits)
        return try await failing { [gate] in
            let id = try await gate.pass { try await ArchiveUpload.run(input) { try await work.run($0) } }
            try await report(ImageProgress(status: id.description))
            return ImportImage.Response(imageID: id.description)
        }
    }

    /// Loads the images of an archive. `input` gives the archive's bytes in pieces.
    public func loadImages<S: AsyncSequence & Sendable>(
        _ request: LoadImages.Request, input: S, report: @escaping Report
    ) async throws(RPCError) -> LoadImages.Response where S.Element == [UInt8] {
        let work = try ImageLoad(request, store: store, limits: limits, report: report)
        return try await failing { [gate] in
            try await gate.pass { try await ArchiveUpload.run(input) { try await work.run($0) } }
        }
    }

    /// Every image, newest first.
    public nonisolated func listImages() -> ListImages.Response {
        ListImages.Response(images: store.catalog.catalog.imageRecords)
    }

    public nonisolated func inspectImage(_ name: String) throws(RPCError) -> ImageRecord {
        let catalog = store.catalog.catalog
        return catalog.record(of: try catalog.image(named: name))
    }

    public func tagImage(_ request: TagImage.Request) async throws(RPCError) -> TagImage.Response {
        let reference = try TagRules.reference(request.reference)
        return try await failing { [store] in
            try await store.catalog.exclusively { session in
                let image = try session.catalog.image(named: request.source).id
                let previous = session.catalog.references[reference]
                try session.commit([.setReference(reference, image: image, at: Timestamp.now())])
                return TagImage.Response(
                    imageID: image.description, untaggedImageID: previous.flatMap { $0 == image ? nil : $0.description })
            }
        }
    }

    public func removeImage(_ request: RemoveImage.Request) async throws(RPCError) -> RemoveImage.Response {
        try await failing { [store] in
            let outcome = try await store.catalog.exclusively { session in
                let outcome = try RemovalRules.decide(request, session.catalog)
                let removal = ContentRemoval(store: store, catalog: session.catalog, changes: outcome.changes)
                try session.commit(outcome.changes)
                FaultPoint.reach(ImageFault.removalRecorded)
                try removal.run()
                return outcome
            }
            store.emptyTrash()
            return RemoveImage.Response(imageID: outcome.image.description, steps: outcome.steps)
        }
    }

    public func prepareSnapshot(_ request: PrepareSnapshot.Request) async throws(RPCError) -> SnapshotRecord {
        try await failing { [store] in
            let snapshots = Snapshots(store: store)
            let snapshot = try await snapshots.prepare(
                containerID: request.containerID, imageID: request.imageID, labels: request.labels, size: request.size)
            do {
                try await WorkingDirectory(paths: store.paths, snapshot: snapshot).make(request.workingDirectory ?? "")
            } catch {
                try await snapshots.remove(containerID: request.containerID)
                throw error
            }
            return snapshot
        }
    }

    public func leaseImage(_ request: LeaseImage.Request) async throws(RPCError) -> LeaseImage.Response {
        try await failing { [store] in try await ImageLeases(store: store).take(request) }
    }

    /// Passes on which images there are, and each change, until the task is cancelled or `send` is too far behind.
    public nonisolated func watchImages(_ send: @Sendable (WatchImages.Outbound) async throws -> Void) async throws {
        let watch = store.catalog.watch()
        defer { store.catalog.endWatch(watch.id) }
        for piece in watch.beginning { try await send(piece) }
        for await changes in watch.changes { try await send(.init(changes: changes, isComplete: true)) }
    }

    public func removeSnapshot(_ request: RemoveSnapshot.Request) async throws(RPCError) {
        try await failing { [store] in try await Snapshots(store: store).remove(containerID: request.containerID) }
    }

    public nonisolated func listSnapshots() -> ListSnapshots.Response {
        ListSnapshots.Response(snapshots: Snapshots(store: store).list())
    }

    public func measureSnapshot(_ request: MeasureSnapshot.Request) async throws(RPCError) -> MeasureSnapshot.Response {
        try await failing { [store] in try await Snapshots(store: store).measure(containerID: request.containerID) }
    }

    nonisolated func failing<R: Sendable>(_ body: @Sendable () async throws -> R) async throws(RPCError) -> R {
        do {
            return try await body()
        } catch {
            throw RPCError(imageFailure: error)
        }
    }
}
