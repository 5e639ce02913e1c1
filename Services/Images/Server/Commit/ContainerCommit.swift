// Makes an image of a container: its image's layers, and one more with what it changed.
import Contracts
import FoundationEssentials
import Models
import RPC

/// The commit of one container. Its processes may be running; the caller pauses them if the image is to be of one moment.
struct ContainerCommit: Sendable {
    let store: ImageStore
    let limits: IngestLimits
    private let request: CommitContainer.Request
    private let reference: ImageReference?
    private let config: OCIImageConfig

    /// Throws `RPCError` (`invalidParameter`).
    init(_ request: CommitContainer.Request, store: ImageStore, limits: IngestLimits) throws(RPCError) {
        self.request = request
        self.store = store
        self.limits = limits
        reference = if let text = request.reference, !text.isEmpty { try TagRules.reference(text) } else { nil }
        guard let base = try? JSONDecoder().decode(OCIImageConfig.self, from: Data(request.config)) else {
            throw RPCError(.invalidParameter, "the container's config can't be read as an image's")
        }
        do {
            config = try ConfigChanges.apply(request.changes, to: base)
        } catch {
            throw RPCError(.invalidParameter, error.description)
        }
    }

    /// Returns the image's ID.
    func run() async throws -> ContentDigest {
        try await Ingest.run(.commitContainer, store: store, limits: limits) { ingest in
            let catalog = store.catalog.catalog
            guard let snapshot = catalog.snapshots[request.containerID] else {
                throw RPCError(.notFound, "container \(request.containerID) has no snapshot")
            }
            let upper = store.paths.upper(snapshot.containerID)
            let chain = catalog.chain(from: snapshot.topLayer).reversed()
            for layer in chain { _ = try await ingest.hold(layer.chainID, blob: nil) }
            let isEmpty = try DirectoryListing.names(path: upper).isEmpty
            let layer = isEmpty ? nil : try await stage(upper, ingest)
            var top = snapshot.topLayer
            if let layer { top = try await ingest.publish(layer, above: top) }
            let parent = catalog.images[snapshot.imageID]
            let createdAt = Timestamp.now()
            let diffIDs = chain.map(\.diffID) + (layer.map { [$0.diffID] } ?? [])
            let document = try document(parent, diffIDs: diffIDs, createdAt, isEmpty: isEmpty)
            let below = parent?.blobs ?? chain.compactMap { row in catalog.blobs.values.first { $0.diffID == row.diffID }?.digest }
            let publication = ImagePublication(
                config: document, topLayer: top, blobs: below + (layer.map { [$0.blob.digest] } ?? []),
                references: reference.map { [$0] } ?? [], parent: parent?.id, createdAt: createdAt)
            try await publication.publish(in: store)
            return publication.id
        }
    }

    /// The rw layer becomes a tar, which goes in as every layer does.
    private func stage(_ upper: String, _ ingest: Ingest) async throws -> StagedLayer {
        let pipe = BoundedPipe()
        async let writing: Void = BlockingWork.run {
            do {
                let writer = try TarWriter(pipe.put)
                var archiver = TreeArchiver(writer, form: .layer)
                try archiver.addContents(of: try Descriptor.directory(upper), below: "")
                try writer.finish()
                pipe.finish()
            } catch {
                pipe.finish(.failure(error))
            }
        }
        defer { pipe.abandon() }
        let layer = try await ingest.staging.stage(LayerInput(open: { pipe }), index: 0)
        try await writing
        return layer
    }

    private func document(_ parent: ImageRow?, diffIDs: [ContentDigest], _ createdAt: Int64, isEmpty: Bool) throws -> [UInt8] {
        let known = parent.flatMap { try? JSONDecoder().decode(OCIImage.self, from: Data($0.config)) }
        var image = known ?? OCIImage()
        let created = Timestamp.text(createdAt)
        image.created = created
        image.author = request.author.isEmpty ? nil : request.author
        image.comment = request.comment.isEmpty ? nil : request.comment
        image.os = image.os ?? OCIPlatform.host.os
        image.architecture = image.architecture ?? OCIPlatform.host.architecture
        image.config = config
        image.rootfs = .init(diffIDs: diffIDs)
        let step = OCIImage.History(
            created: created, author: image.author, createdBy: request.command.isEmpty ? nil : request.command, comment: image.comment,
            emptyLayer: isEmpty ? true : nil)
        image.history = (known?.history ?? []) + [step]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(image))
    }
}
