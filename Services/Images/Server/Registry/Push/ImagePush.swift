// Pushes one tag, or all tags of a repository.
import Contracts
import Models
import RPC
import ServiceKit

/// The push of one request.
struct ImagePush: Sendable {
    let around: PullCircumstances
    let report: LayerPull.Report
    private let reference: ImageReference
    private let credentials: RegistryCredentials?

    /// Throws `RPCError` (`invalidParameter`).
    init(_ request: PushImage.Request, around: PullCircumstances, report: @escaping LayerPull.Report) throws(RPCError) {
        self.around = around
        self.report = report
        reference = try Catalog.reference(request.reference)
        credentials = request.credentials
        if reference.digest != nil { throw RPCError(.invalidParameter, "cannot push a digest reference") }
    }

    /// Throws `RPCError` and `CancellationError`.
    func run() async throws -> PushImage.Response {
        try await report(ImageProgress(status: "The push refers to repository [\(reference.name)]"))
        do {
            let tags = try tags()
            let client = try await client()
            var pushed: [PushedImage] = []
            for tag in tags { pushed.append(try await push(tag.reference, tag.image, client)) }
            return PushImage.Response(images: pushed)
        } catch let failure as RegistryFailure {
            throw RPCError(failure, pushing: reference)
        }
    }

    private func tags() throws(RPCError) -> [(reference: ImageReference, image: ContentDigest)] {
        let catalog = around.store.catalog.catalog
        let all = catalog.references.filter { $0.key.name == reference.name && $0.key.digest == nil }
        guard !all.isEmpty else {
            throw RPCError(.notFound, "An image does not exist locally with the tag: \(reference.familiarName)")
        }
        guard reference.tag != nil else {
            return all.sorted { $0.key.canonical < $1.key.canonical }.map { ($0.key, $0.value) }
        }
        guard let image = all[reference] else { throw RPCError(.notFound, "tag does not exist: \(reference.familiar)") }
        return [(reference, image)]
    }

    /// The registry itself: mirrors are for reading.
    private func client() async throws -> RepositoryClient {
        let access = RepositoryAccess(pushing: reference, access: around.access, credentials: credentials)
        return try await access.first { client in
            try await client.probe()
            return client
        }.result
    }

    private func push(_ reference: ImageReference, _ id: ContentDigest, _ client: RepositoryClient) async throws -> PushedImage {
        let origin = OriginalLayers(around: around, credentials: credentials, of: reference.domain, report: report)
        do {
            let pushed = try await push(reference, id, client, origin)
            await origin.leave()
            return pushed
        } catch {
            await origin.leave()
            throw error
        }
    }

    private func push(
        _ reference: ImageReference, _ id: ContentDigest, _ client: RepositoryClient, _ origin: OriginalLayers
    ) async throws -> PushedImage {
        try await Ingest.run(.pushImage, store: around.store, limits: around.limits) { ingest in
            guard let image = around.store.catalog.catalog.images[id] else {
                throw RPCError(.notFound, "tag does not exist: \(reference.familiar)")
            }
            let plan = try await plan(image, ingest, client, origin)
            FaultPoint.reach(RegistryFault.pushPlanned)
            try await send(plan, client)
            FaultPoint.reach(RegistryFault.blobsPushed)
            let tag = reference.tag ?? ImageReference.defaultTag
            try await client.putManifest(plan.manifest, mediaType: plan.mediaType, as: tag)
            FaultPoint.reach(RegistryFault.manifestPushed)
            try await remember(reference, plan.digest, id)
            FaultPoint.reach(RegistryFault.pushRecorded)
            let size = Int64(plan.manifest.count)
            let pushed = PushedImage(
                reference: reference.familiar, repository: reference.familiarName, tag: tag, digest: plan.digest.description, size: size)
            try await report(ImageProgress(status: "\(tag): digest: \(plan.digest) size: \(size)"))
            try await report(ImageProgress(pushed: pushed))
            return pushed
        }
    }

    /// Holds what is to be sent, so that nobody removes it meanwhile.
    private func plan(
        _ image: ImageRow, _ ingest: Ingest, _ client: RepositoryClient, _ origin: OriginalLayers
    ) async throws -> PushPlan {
        for layer in around.store.catalog.catalog.chain(from: image.topLayer) { _ = try await ingest.hold(layer.chainID, blob: nil) }
        let store = around.store
        if var (plan, absent) = PushPlan.preserving(image, store.catalog.catalog, store.paths) {
            absent = try await missing(absent, image, client)
            if let fetched = try await origin.fetch(absent, of: image) {
                plan.layers += fetched
                return plan
            }
        }
        let layers = try await LayerLocator(store: store, directory: ingest.staging.directory).layers(of: image)
        return try PushPlan.making(image, layers: layers)
    }

    private func send(_ plan: PushPlan, _ client: RepositoryClient) async throws {
        let unique = plan.layers.reduce(into: [PushedBlob]()) { found, blob in
            if !found.contains(where: { $0.descriptor.digest == blob.descriptor.digest }) { found.append(blob) }
        }
        for blob in unique.reversed() { try await report(ImageProgress(id: blob.name, status: "Preparing")) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = Array(unique.reversed())[...]
            for _ in 0..<around.access.settings.concurrentUploads { start(&waiting, &group, client) }
            while try await group.next() != nil { start(&waiting, &group, client) }
        }
        if try await !client.hasBlob(plan.config.digest) { try await client.putBlob(plan.configBytes, digest: plan.config.digest) }
    }

    private func start(
        _ waiting: inout ArraySlice<PushedBlob>, _ group: inout ThrowingTaskGroup<Void, any Error>, _ client: RepositoryClient
    ) {
        guard let blob = waiting.popFirst() else { return }
        let push = BlobPush(
            blob: blob, client: client, origins: origins(of: blob.descriptor.digest), rules: around.rules, report: report)
        group.addTask { try await push.run() }
    }

    /// Those of the layers that the registry has neither in this repository nor in one that the image is known by.
    private func missing(_ layers: [PulledLayer], _ image: ImageRow, _ client: RepositoryClient) async throws -> [PulledLayer] {
        let names = around.store.catalog.catalog.references(to: image.id).filter { $0.digest != nil && $0.domain == reference.domain }
        var missing: [PulledLayer] = []
        for layer in layers {
            let blob = layer.descriptor.digest
            var isThere = try await client.hasBlob(blob)
            for name in names where !isThere && name.path != reference.path {
                if case .mounted = try await client.allowing(name.path).beginUpload(of: blob, mountingFrom: name.path) { isThere = true }
            }
            if !isThere { missing.append(layer) }
        }
        return missing
    }

    /// Other repositories of the registry whose images here have the blob and were pulled or pushed by digest.
    private func origins(of blob: ContentDigest) -> [String] {
        let catalog = around.store.catalog.catalog
        let images = Set(catalog.images.values.filter { $0.blobs.contains(blob) }.map(\.id))
        let known = catalog.references.filter { key, image in
            key.digest != nil && key.domain == reference.domain && key.path != reference.path && images.contains(image)
        }
        return Array(Set(known.keys.map(\.path)).sorted().prefix(3))
    }

    /// The registry knows the image by this digest now.
    private func remember(_ reference: ImageReference, _ digest: ContentDigest, _ image: ContentDigest) async throws {
        let digested = ImageReference(domain: reference.domain, path: reference.path, digest: digest)
        try await around.store.catalog.exclusively { session in
            guard let row = session.catalog.images[image], session.catalog.references[digested] != image else { return }
            try session.commit([.setReference(digested, image: image, at: row.lastTaggedAt)])
        }
    }
}
