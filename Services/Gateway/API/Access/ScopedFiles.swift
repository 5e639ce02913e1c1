// Files and images at a scoped socket. Images are everybody's: a socket that only knows its own may read and pull them.
import GatewayBackends
import Models
import RPC
import ServiceKit

struct ScopedFiles: FileBackend {
    let access: AccessGuard

    private var inner: any FileBackend { access.backends.files }

    func fileStatus(in id: String, path: String, context: RPCContext) async throws -> PathStatus {
        try await inner.fileStatus(in: try await access.read(id, context), path: path, context: context)
    }

    func readFiles(in id: String, path: String, context: RPCContext) async throws -> FileDownload {
        try await inner.readFiles(in: try await access.read(id, context), path: path, context: context)
    }

    func writeFiles(in id: String, _ options: FileWriteOptions, from bytes: UploadedBytes, context: RPCContext) async throws {
        try await inner.writeFiles(in: try await access.entered(id, context), options, from: bytes, context: context)
    }

    func export(_ id: String, context: RPCContext) async throws -> ByteStream {
        try await inner.export(try await access.id(id, context), context: context)
    }

    func changes(of id: String, context: RPCContext) async throws -> [PathChange] {
        try await inner.changes(of: try await access.id(id, context), context: context)
    }
}

struct ScopedImages: ImageBackend {
    let access: AccessGuard

    private var inner: any ImageBackend { access.backends.images }
    private var policy: AccessPolicy { access.policy }

    func listImages(_ query: ImageListQuery, context: RPCContext) async throws -> [ImageSummary] {
        try await inner.listImages(query, context: context)
    }

    func inspectImage(_ name: String, context: RPCContext) async throws -> ImageInspect {
        try await inner.inspectImage(name, context: context)
    }

    func importImage(_ request: ImageImportRequest, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream {
        try policy.checkShared("importing an image")
        return try await inner.importImage(request, from: bytes, context: context)
    }

    func loadImages(quiet: Bool, platform: String?, from bytes: UploadedBytes, context: RPCContext) async throws -> ProgressStream {
        try policy.checkShared("loading images")
        return try await inner.loadImages(quiet: quiet, platform: platform, from: bytes, context: context)
    }

    func pullImage(_ request: ImagePullRequest, context: RPCContext) async throws -> ProgressStream {
        try await inner.pullImage(request, context: context)
    }

    func pushImage(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> ProgressStream {
        try policy.checkShared("pushing an image")
        return try await inner.pushImage(reference, credentials: credentials, context: context)
    }

    func logIn(_ login: RegistryLogin, context: RPCContext) async throws -> String {
        try await inner.logIn(login, context: context)
    }

    func searchImages(_ query: ImageSearchQuery, credentials: RegistryLogin?, context: RPCContext) async throws -> [ImageSearchResult] {
        try await inner.searchImages(query, credentials: credentials, context: context)
    }

    func inspectDistribution(_ reference: String, credentials: RegistryLogin?, context: RPCContext) async throws -> DistributionInspect {
        try await inner.inspectDistribution(reference, credentials: credentials, context: context)
    }

    func tagImage(_ name: String, as reference: String, context: RPCContext) async throws {
        try policy.checkShared("tagging an image")
        try await inner.tagImage(name, as: reference, context: context)
    }

    func removeImage(_ name: String, force: Bool, noPrune: Bool, context: RPCContext) async throws -> [ImageDeleteItem] {
        try policy.checkShared("removing an image")
        return try await inner.removeImage(name, force: force, noPrune: noPrune, context: context)
    }
}

struct ScopedImageData: ImageDataBackend {
    let access: AccessGuard

    private var inner: any ImageDataBackend { access.backends.imageData }
    private var policy: AccessPolicy { access.policy }

    func history(of name: String, context: RPCContext) async throws -> [ImageHistoryItem] {
        try await inner.history(of: name, context: context)
    }

    func saveImages(_ names: [String], context: RPCContext) async throws -> ByteStream {
        try await inner.saveImages(names, context: context)
    }

    func commit(_ options: CommitOptions, context: RPCContext) async throws -> String {
        try policy.checkShared("making an image")
        return try await inner.commit(options, context: context)
    }

    func pruneImages(filters: Filters, context: RPCContext) async throws -> ImagesPruneReport {
        try policy.checkShared("pruning images")
        return try await inner.pruneImages(filters: filters, context: context)
    }

    func pruneBuildCache() async { await inner.pruneBuildCache() }

    /// What everything takes isn't told where only the socket's own exists.
    func diskUsage(_ query: DiskUsageQuery, context: RPCContext) async throws -> DiskUsageReport {
        let own = DiskUsageQuery(
            kinds: query.kinds, labels: policy.socket.labels, isVerbose: query.isVerbose && policy.socket.labels.isEmpty)
        return try await inner.diskUsage(own, context: context)
    }
}
