// One layer: downloaded and unpacked at the same time, told about meanwhile.
import Contracts
import Models

/// Brings a layer into the staging directory of an ingest.
struct LayerPull: Sendable {
    typealias Report = @Sendable (ImageProgress) async throws -> Void

    let layer: PulledLayer
    /// The layer's number within the ingest.
    let index: Int
    let downloads: Downloads
    let clients: [RepositoryClient]
    let rules: RetryRules
    let staging: LayerStaging
    let report: Report

    /// Bad bytes are fetched again this often: they may be an earlier run's, or a proxy's.
    private static let refetches = 1

    /// The caller leaves the download once it is done with the staged blob, which is the download's file. Throws what is wrong with the
    /// layer, `RegistryFailure`, `SystemError`, `CancellationError`.
    func run(_ download: BlobDownload) async throws -> StagedLayer {
        var download = download
        for attempt in 0... {
            do {
                return try await stage(download, number: index * 10 + attempt)
            } catch {
                guard attempt < Self.refetches, try await isWorthAnother(error, download) else { throw error }
                download = try await downloads.again(layer.descriptor, insteadOf: download, fetch)
            }
        }
        throw CancellationError()
    }

    /// How the layer is fetched, if this pull is the one that begins it.
    var fetch: @Sendable (BlobDownload) -> BlobFetch {
        { [layer, clients, rules] in BlobFetch(descriptor: layer.descriptor, clients: clients, download: $0, rules: rules) }
    }

    /// True for bytes that aren't the blob's, however that came out.
    private func isWorthAnother(_ error: any Error, _ download: BlobDownload) async throws -> Bool {
        if Task.isCancelled || error is CancellationError || error is SystemError { return false }
        if download.failure != nil { return false }
        let isIntact = try await isIntact(download)
        return !isIntact
    }

    /// Whether the file is the blob: what is wrong is then in the layer itself.
    private func isIntact(_ download: BlobDownload) async throws -> Bool {
        let source = DownloadSource(download)
        return try await withTaskCancellationHandler {
            try await BlockingWork.run {
                let digest = DigestSource(source)
                try digest.drain()
                return digest.digest == layer.descriptor.digest
            }
        } onCancel: {
            source.cancel()
        }
    }

    private func stage(_ download: BlobDownload, number: Int) async throws -> StagedLayer {
        let (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let source = DownloadSource(download) { ring.yield() }
        let watch = download.watch { ring.yield() }
        defer { download.stopWatching(watch) }
        let input = LayerInput(
            open: { source }, adoptable: download.file.path, expectedBlob: layer.descriptor.digest, expectedDiffID: layer.diffID)
        return try await withTaskCancellationHandler {
            async let staged = Self.staging(staging, input, number, ring)
            async let told: Void = tell(bell, download, source)
            do {
                let layer = try await staged
                try await told
                return layer
            } catch {
                source.cancel()
                throw download.failure ?? error
            }
        } onCancel: {
            source.cancel()
        }
    }

    /// The end of the staging is the end of the bell.
    private static func staging(
        _ staging: LayerStaging, _ input: LayerInput, _ number: Int, _ ring: AsyncStream<Void>.Continuation
    ) async throws -> StagedLayer {
        defer { ring.finish() }
        return try await staging.stage(input, index: number)
    }

    private func tell(_ bell: AsyncStream<Void>, _ download: BlobDownload, _ source: DownloadSource) async throws {
        var lines = LayerLines(name: layer.name, total: layer.descriptor.size)
        func say() async throws {
            for line in lines.lines(download.status, unpacked: source.position, now: .now) { try await report(line) }
        }
        try await say()
        for await _ in bell { try await say() }
        try await say()
    }
}
