// Makes a one-layer image from the tar of a root filesystem.
import Contracts
import Models
import RPC

/// The import of one archive.
struct ImageImport: Sendable {
    let store: ImageStore
    let limits: IngestLimits
    private let reference: ImageReference?
    private let config: ImportedConfig

    /// Checks the request before a byte is read. Throws `RPCError` (`invalidParameter`).
    init(_ request: ImportImage.Request, store: ImageStore, limits: IngestLimits) throws(RPCError) {
        self.store = store
        self.limits = limits
        reference = if let text = request.reference, !text.isEmpty { try Self.reference(text) } else { nil }
        guard let platform = request.platform.map({ OCIPlatform(parsing: $0, host: .host) }) ?? .host else {
            throw RPCError(.invalidParameter, OCIPlatform.complaint(request.platform ?? ""))
        }
        guard platform.os == "linux" else { throw RPCError(.invalidParameter, "operating system is not supported") }
        do {
            config = ImportedConfig(
                platform: platform, config: try ConfigChanges.apply(request.changes),
                message: request.message.isEmpty ? ImportedConfig.defaultMessage : request.message, createdAt: Timestamp.now())
        } catch {
            throw RPCError(.invalidParameter, error.description)
        }
    }

    private static func reference(_ text: String) throws(RPCError) -> ImageReference {
        let reference = try Catalog.reference(text)
        guard reference.digest == nil else { throw RPCError(.invalidParameter, "cannot import digest reference") }
        return reference.tagged
    }

    /// Reads the archive from `pipe` to its end. Returns the image's ID.
    func run(_ pipe: BoundedPipe) async throws -> ContentDigest {
        try await Ingest.run(.importImage, store: store, limits: limits) { ingest in
            let layer = try await ingest.staging.stage(LayerInput(open: { pipe }), index: 0)
            let chainID = try await ingest.publish(layer, above: nil)
            let publication = ImagePublication(
                config: try config.encode(diffID: layer.diffID), topLayer: chainID, blobs: [layer.blob.digest],
                references: reference.map { [$0] } ?? [], createdAt: config.createdAt)
            try await publication.publish(in: store)
            return publication.id
        }
    }
}
