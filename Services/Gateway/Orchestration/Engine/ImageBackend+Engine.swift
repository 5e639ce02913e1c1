// The image routes' backend, over the image service.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

/// The engine's images: the image service's records, as clients see them.
struct ImageFacade: ImageBackend {
    let engine: ContainerEngine

    func listImages(_ query: ImageListQuery, context: RPCContext) async throws -> [ImageSummary] {
        let images = try await engine.images.list(context)
        let described = images.map { DescribedImage(record: $0, document: engine.readableDocument(of: $0) ?? ImageDocument()) }
        let filter = try ImageFilter(query.filters, images: described, all: query.all, now: WallClock.now())
        let uses = Dictionary(engine.store.all.map { ($0.definition.imageID, 1) }, uniquingKeysWith: +)
        var summaries = described.filter(filter.matches).map { filter.shown($0).summary(containers: uses[$0.record.id] ?? 0) }
        guard query.sharedSize else { return summaries }
        let measured = try await engine.images.measureStore(context)
        let shared = Dictionary(measured.images.map { ($0.id, $0.shared) }) { first, _ in first }
        for index in summaries.indices { summaries[index].sharedSize = shared[summaries[index].id] ?? 0 }
        return summaries
    }

    func inspectImage(_ name: String, context: RPCContext) async throws -> ImageInspect {
        let image = try await engine.images.inspect(name, context)
        return DescribedImage(record: image, document: try engine.imageConfigs.document(of: image)).inspect
    }

    func importImage(_ request: ImageImportRequest, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream {
        let wanted = ImportImage.Request(
            reference: request.reference, message: request.message, changes: request.changes, platform: request.platform,
            source: request.source)
        return progress { sink in
            let answer = try await engine.actions.time(.image, "import") {
                try await engine.images.importImage(wanted, archive: bytes, progress: sink, context)
            }
            let id = answer.imageID
            if let reference = request.reference { await engine.tellImage("tag", id, name: ImageReference.familiarName(of: reference)) }
            await engine.tellImage("import", id, name: id)
        }
    }

    func loadImages(quiet: Bool, platform: String?, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream {
        progress { sink in
            let request = LoadImages.Request(quiet: quiet, platform: platform)
            let answer = try await engine.actions.time(.image, "load") {
                try await engine.images.loadImages(request, archive: bytes, progress: sink, context)
            }
            for id in answer.imageIDs { await engine.tellImage("load", id, name: id) }
        }
    }

    func pullImage(_ request: ImagePullRequest, context: RPCContext) async throws -> ProgressStream {
        let wanted = PullImage.Request(
            reference: request.reference, platform: request.platform, credentials: request.credentials?.contract)
        return progress { sink in
            let answer = try await engine.actions.time(.image, "pull") {
                try await engine.images.pullImage(wanted, progress: sink, context)
            }
            for image in answer.images { await engine.tellImage("pull", image.reference, name: image.repository) }
        }
    }

    func pushImage(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> ProgressStream {
        let wanted = PushImage.Request(reference: reference, credentials: credentials?.contract)
        return progress { sink in
            let answer = try await engine.actions.time(.image, "push") {
                try await engine.images.pushImage(wanted, progress: sink, context)
            }
            for image in answer.images { await engine.tellImage("push", image.reference, name: image.repository) }
        }
    }

    func logIn(_ login: RegistryLogin, context: RPCContext) async throws -> String {
        try await engine.images.logIn(LogIn.Request(credentials: login.contract), context).identityToken
    }

    func searchImages(_ query: ImageSearchQuery, credentials: RegistryLogin?, context: RPCContext) async throws -> [ImageSearchResult] {
        let filter = try ImageSearchFilter(query.filters)
        let request = SearchImages.Request(term: query.term, limit: query.limit, credentials: credentials?.contract)
        return try await engine.images.searchImages(request, context).found.filter(filter.matches).map {
            ImageSearchResult(
                name: $0.name, description: $0.description, starCount: $0.stars, isOfficial: $0.isOfficial, isAutomated: $0.isAutomated)
        }
    }

    func inspectDistribution(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> DistributionInspect {
        let answer = try await engine.images.inspectDistribution(.init(reference: reference, credentials: credentials?.contract), context)
        return DistributionInspect(
            descriptor: .init(mediaType: answer.mediaType, digest: answer.digest, size: answer.size),
            platforms: answer.platforms.map { .init(architecture: $0.architecture, os: $0.os, variant: $0.variant) })
    }

    func tagImage(_ name: String, as reference: String, context: RPCContext) async throws {
        let request = TagImage.Request(source: name, reference: reference)
        let answer = try await engine.actions.time(.image, "tag") { try await engine.images.tag(request, context) }
        let name = ImageReference.familiarName(of: reference)
        if let other = answer.untaggedImageID { await engine.tellImage("untag", other, name: name) }
        await engine.tellImage("tag", answer.imageID, name: name)
    }

    func removeImage(_ name: String, force: Bool, noPrune: Bool, context: RPCContext) async throws -> [ImageDeleteItem] {
        let uses = engine.store.all.flatMap { record in
            record.definition.imageIDs.map { RemoveImage.Use(imageID: $0, containerID: record.id, running: record.state.isActive) }
        }
        let request = RemoveImage.Request(name: name, force: force, noPrune: noPrune, uses: uses)
        let labels = await engine.labels(ofImage: name)
        let answer = try await engine.actions.time(.image, "delete") { try await engine.images.remove(request, context) }
        return answer.steps.map { step in
            switch step {
            case .untagged(let reference):
                engine.tellImage("untag", answer.imageID, name: reference, labels: labels)
                return .untagged(reference)
            case .deleted(let id):
                if id == answer.imageID { engine.tellImage("delete", id, name: id, labels: [:]) }
                return .deleted(id)
            }
        }
    }

    // MARK: Streams

    /// Runs an operation whose progress is a stream; dropping the stream cancels it. A client that reads slowly
    /// holds the operation back.
    private func progress(_ operation: @escaping @Sendable (@escaping ProgressSink) async throws -> Void) -> ProgressStream {
        let work = StreamedWork<ProgressMessage> { send in try await operation { line in try await send(line.message) } }
        return ProgressStream(unfolding: { try await work.next() })
    }
}

extension ImageProgress {
    /// The line as clients read it.
    var message: ProgressMessage {
        if let pushed { return ProgressMessage(pushed: .init(tag: pushed.tag, digest: pushed.digest, size: pushed.size)) }
        return ProgressMessage(
            stream: stream, status: status,
            progressDetail: current == nil && total == nil ? nil : .init(current: current, total: total), id: id)
    }
}

extension RegistryLogin {
    var contract: RegistryCredentials {
        RegistryCredentials(
            username: username, password: password, serverAddress: serverAddress, identityToken: identityToken,
            registryToken: registryToken)
    }
}
