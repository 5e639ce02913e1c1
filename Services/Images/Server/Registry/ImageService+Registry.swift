// What the image service does with registries.
import Contracts
import Models
import RPC

extension ImageService {
    /// Takes over what may change while the service runs. What is under way goes on as it began.
    public nonisolated func reload(_ settings: RegistrySettings) async {
        pulls.access.reload(settings)
        await pulls.downloads.resize(to: settings.concurrentDownloads)
    }

    /// Pulls an image, or all tags of a repository; cancelling the task ends it, and what has come stays for another time.
    public nonisolated func pullImage(_ request: PullImage.Request, report: @escaping Report) async throws(RPCError) -> PullImage.Response {
        let pull = try ImagePull(request, around: pulls, report: report)
        return try await failing { try await pull.run() }
    }

    /// Pushes a tag, or all of a repository's.
    public nonisolated func pushImage(_ request: PushImage.Request, report: @escaping Report) async throws(RPCError) -> PushImage.Response {
        let push = try ImagePush(request, around: pulls, report: report)
        return try await failing { try await push.run() }
    }

    /// Tries credentials at a registry; keeps nothing.
    public nonisolated func logIn(_ request: LogIn.Request) async throws(RPCError) -> LogIn.Response {
        try await failing { try await RegistryLogIn(access: pulls.access, credentials: request.credentials).run() }
    }

    /// Looks for repositories in an index.
    public nonisolated func searchImages(_ request: SearchImages.Request) async throws(RPCError) -> SearchImages.Response {
        try await failing { try await IndexSearch(access: pulls.access, request: request).run() }
    }

    /// Makes an image from a root filesystem that is fetched from a URL.
    nonisolated func importImage(
        from source: String, _ request: ImportImage.Request, report: @escaping Report
    ) async throws(RPCError) -> ImportImage.Response {
        let work = try ImageImport(request, store: store, limits: limits)
        let download = try ArchiveDownload(source, access: pulls.access)
        return try await failing {
            let archive = try await download.begin()
            try await report(ImageProgress(status: "Downloading from \(download.url)"))
            let id = try await ArchiveUpload.run(archive) { try await work.run($0) }
            try await report(ImageProgress(status: id.description))
            return ImportImage.Response(imageID: id.description)
        }
    }

    /// Looks at what a registry has under a name.
    public nonisolated func inspectDistribution(
        _ request: InspectDistribution.Request
    ) async throws(RPCError) -> InspectDistribution.Response {
        let reference = try Catalog.reference(request.reference).tagged
        let access = RepositoryAccess(pulling: reference, access: pulls.access, credentials: request.credentials)
        return try await failing {
            do {
                return try await DistributionInspection(reference: reference, access: access, limits: limits).run()
            } catch let failure as RegistryFailure {
                throw RPCError(inspecting: failure)
            }
        }
    }

    /// Looks for damage, and repairs it when asked to; tells each finding.
    public nonisolated func checkImages(
        _ request: CheckImages.Request, report: @escaping @Sendable (CheckImages.Finding) async throws -> Void
    ) async throws(RPCError) -> CheckImages.Response {
        let repair = request.repair ? BlobRepair(around: pulls, credentials: request.credentials) : nil
        return try await failing { try await StoreCheck(around: pulls, repair: repair, report: report).run() }
    }
}
