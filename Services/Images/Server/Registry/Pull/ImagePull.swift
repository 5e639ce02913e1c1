// Pulls one image, or all tags of a repository.
import Contracts
import Models
import RPC
import ServiceKit

/// What all pulls of the service share.
struct PullCircumstances: Sendable {
    let store: ImageStore
    let limits: IngestLimits
    let access: RegistryAccess
    let downloads: Downloads

    var rules: RetryRules { RetryRules(attempts: access.settings.downloadAttempts, delay: access.settings.retryDelay) }
}

/// The pull of one request.
struct ImagePull: Sendable {
    let around: PullCircumstances
    let report: LayerPull.Report
    private let reference: ImageReference
    private let platform: OCIPlatform?
    private let credentials: RegistryCredentials?

    /// Throws `RPCError` (`invalidParameter`).
    init(_ request: PullImage.Request, around: PullCircumstances, report: @escaping LayerPull.Report) throws(RPCError) {
        self.around = around
        self.report = report
        reference = try Catalog.reference(request.reference)
        credentials = request.credentials
        platform = request.platform.flatMap { $0.isEmpty ? nil : OCIPlatform(parsing: $0, host: .host) }
        if let text = request.platform, !text.isEmpty, platform == nil {
            throw RPCError(.invalidParameter, "\"\(text)\": unknown operating system or architecture: invalid argument")
        }
    }

    /// Throws `RPCError` and `CancellationError`.
    func run() async throws -> PullImage.Response {
        do {
            let access = RepositoryAccess(pulling: reference, access: around.access, credentials: credentials)
            if reference.tag != nil || reference.digest != nil { return .init(images: [try await pull(reference, access)]) }
            var images: [PullImage.Pulled] = []
            for tag in try await access.first({ try await $0.tags() }).result {
                var tagged = reference
                tagged.tag = tag
                images.append(try await pull(tagged, access))
            }
            return .init(images: images)
        } catch let failure as RegistryFailure {
            throw RPCError(failure, pulling: reference)
        }
    }

    private func pull(_ reference: ImageReference, _ access: RepositoryAccess) async throws -> PullImage.Pulled {
        let name = reference.digest?.description ?? reference.tag ?? ImageReference.defaultTag
        let (fetched, clients) = try await patiently(name) {
            try await access.first { try await $0.manifest(name, limit: around.limits.maximumDocumentSize) }
        }
        let choice = ManifestChoice(reference: reference, platform: platform ?? .host, limits: around.limits, client: clients[0])
        let chosen = try await choice.choose(fetched)
        let config = try await clients[0].smallBlob(chosen.manifest.config, limit: around.limits.maximumDocumentSize)
        try await say("Pulling from \(reference.path)", id: name)
        FaultPoint.reach(RegistryFault.manifestChosen)
        let image = try RegistryDocument.decode(OCIImage.self, config, name: "the image's config", around.limits)
        let layers = try PulledLayer.all(chosen.manifest, image)
        let names = Self.names(reference, digest: fetched.digest)
        let isNew = try await bringIn(
            layers,
            ImagePublication(
                config: config, manifest: chosen.bytes, topLayer: layers.last?.chainID, blobs: layers.map(\.descriptor.digest),
                references: names, createdAt: image.created.flatMap(Timestamp.parse) ?? 0), clients)
        try await tellEnd(reference, fetched.digest, isNew: isNew, image)
        return PullImage.Pulled(
            imageID: chosen.manifest.config.digest.description, reference: reference.familiar, repository: reference.familiarName)
    }

    /// The tag, and the digest that it stands for.
    private static func names(_ reference: ImageReference, digest: ContentDigest) -> [ImageReference] {
        let digested = ImageReference(domain: reference.domain, path: reference.path, digest: digest)
        return reference.digest != nil ? [digested] : [reference, digested]
    }

    /// Returns whether anything changed: a layer came, or the name was another image's.
    private func bringIn(_ layers: [PulledLayer], _ publication: ImagePublication, _ clients: [RepositoryClient]) async throws -> Bool {
        let joined = JoinedDownloads(around.downloads)
        do {
            let isNew = try await Ingest.run(.pullImage, store: around.store, limits: around.limits) { ingest in
                var publication = publication
                var outcome = LayerPulls.Outcome()
                if try await ingest.hold(image: publication.id) {
                    let blobs = around.store.catalog.catalog.blobs
                    outcome.hasAllBlobs = layers.allSatisfy { blobs[$0.descriptor.digest]?.diffID == $0.diffID }
                } else {
                    outcome = try await LayerPulls(
                        ingest: ingest, layers: layers, joined: joined, clients: clients, rules: around.rules, report: report
                    ).run()
                }
                if !outcome.hasAllBlobs { publication.blobs = nil }
                let before = around.store.catalog.catalog.references[publication.references[0].key]
                try await publication.publish(in: around.store)
                return outcome.wasAnyMissing || before != publication.id
            }
            FaultPoint.reach(RegistryFault.pullRecorded)
            await joined.leave(isStored: true)
            return isNew
        } catch {
            await joined.leave(isStored: false)
            throw error
        }
    }

    private func tellEnd(_ reference: ImageReference, _ digest: ContentDigest, isNew: Bool, _ image: OCIImage) async throws {
        try await say("Digest: \(digest)")
        if let platform, let actual = image.platform, platform.distance(to: actual) == nil {
            try await say(
                """
                image with reference \(reference.familiar) was found but does not match the specified platform: \
                wanted \(platform), actual: \(actual)
                """)
        }
        try await say("Status: \(isNew ? "Downloaded newer image" : "Image is up to date") for \(reference.familiar)")
    }

    /// A registry that says when to come again is waited for, and the user told.
    private func patiently<R: Sendable>(_ name: String, _ body: () async throws -> R) async throws -> R {
        var failed = 0
        while true {
            do {
                return try await body()
            } catch let failure as RegistryFailure {
                failed += 1
                guard case .answer = failure, let wait = around.rules.wait(after: failure, failed: failed) else { throw failure }
                let seconds = max(1, wait.components.seconds)
                try await say("Retrying in \(seconds) second\(seconds == 1 ? "" : "s"): \(failure.retryReason)", id: name)
                try await Task.sleep(for: wait)
            }
        }
    }

    private func say(_ words: String, id: String? = nil) async throws {
        try await report(ImageProgress(id: id, status: words))
    }
}
