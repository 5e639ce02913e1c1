// Loads the images of an archive.
import Contracts
import Dispatch
import Models
import RPC
import ServiceKit

/// The load of one archive.
struct ImageLoad: Sendable {
    let store: ImageStore
    let limits: IngestLimits
    let report: @Sendable (ImageProgress) async throws -> Void
    private let isQuiet: Bool
    private let platform: OCIPlatform?

    /// Throws `RPCError` (`invalidParameter`).
    init(
        _ request: LoadImages.Request, store: ImageStore, limits: IngestLimits,
        report: @escaping @Sendable (ImageProgress) async throws -> Void
    ) throws(RPCError) {
        self.store = store
        self.limits = limits
        self.report = report
        isQuiet = request.quiet
        platform = request.platform.flatMap { OCIPlatform(parsing: $0, host: .host) }
        if let text = request.platform, platform == nil {
            throw RPCError(.invalidParameter, OCIPlatform.complaint(text))
        }
    }

    /// Reads the archive from `pipe` to its end. Images that were loaded before a failure stay.
    func run(_ pipe: BoundedPipe) async throws -> LoadImages.Response {
        try await Ingest.run(.loadImages, store: store, limits: limits) { ingest in
            let archive = try await spool(pipe, into: ingest.staging.directory)
            FaultPoint.reach(ImageFault.archiveSpooled)
            let plan = LoadPlan(documents: ArchiveDocuments(archive: archive, limits: limits), platform: platform)
            let images = try await BlockingWork.run { try plan.images() }
            var response = LoadImages.Response(imageIDs: [], tags: [])
            for (index, image) in images.enumerated() {
                let id = try await load(image, index: index, ingest)
                response.imageIDs.append(id.description)
                response.tags += image.references.map(\.familiar)
            }
            return response
        }
    }

    private func spool(_ pipe: BoundedPipe, into directory: String) async throws -> SpooledArchive {
        try await withTaskCancellationHandler {
            try await BlockingWork.run { [limits] in
                defer { pipe.abandon() }
                return try SpooledArchive.read(pipe, into: directory, limits: limits)
            }
        } onCancel: {
            pipe.finish(.failure(CancellationError()))
        }
    }

    private func load(_ image: PlannedImage, index: Int, _ ingest: Ingest) async throws -> ContentDigest {
        let top = try await LayerSequence(ingest: ingest, image: image, index: index, report: isQuiet ? nil : report).run()
        let publication = ImagePublication(
            config: image.config, manifest: image.manifest, topLayer: top, blobs: Self.blobs(image), references: image.references,
            createdAt: image.image.created.flatMap(Timestamp.parse) ?? 0)
        for untagged in try await publication.publish(in: store) {
            let name = untagged.reference.familiar
            try await say("The image \(name) already exists, renaming the old one with ID \(untagged.image) to empty string")
        }
        if image.references.isEmpty { try await say("Loaded image ID: \(publication.id)") }
        for reference in image.references { try await say("Loaded image: \(reference.familiar)") }
        return publication.id
    }

    /// What the archive names; nil takes what the store has.
    private static func blobs(_ image: PlannedImage) -> [ContentDigest]? {
        let blobs = image.layers.compactMap(\.blob)
        return blobs.count == image.layers.count ? blobs : nil
    }

    private func say(_ line: String) async throws {
        try await report(ImageProgress(stream: "\(line)\n"))
    }
}
