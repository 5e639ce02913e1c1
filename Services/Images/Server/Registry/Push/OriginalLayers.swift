// The layers of a pulled image that are here under another compression only, in the bytes that its manifest names.
import Contracts
import Models

/// Fetches them for the time of one push from where the image was pulled, so that it goes on under the digest it came with: a pull takes
/// no layer whose files are here already, however they came.
struct OriginalLayers: Sendable {
    let around: PullCircumstances
    /// Of the registry that is pushed to; no other gets to see them.
    let credentials: RegistryCredentials?
    /// That registry, as references have it.
    let domain: String
    let report: LayerPull.Report
    private let joined: JoinedDownloads

    init(around: PullCircumstances, credentials: RegistryCredentials?, of domain: String, report: @escaping LayerPull.Report) {
        self.around = around
        self.credentials = credentials
        self.domain = domain
        self.report = report
        joined = JoinedDownloads(around.downloads)
    }

    /// nil when a layer can't be had any more: the image goes with a manifest of its own then. Throws `SystemError`, `CancellationError`.
    func fetch(_ layers: [PulledLayer], of image: ImageRow) async throws -> [PushedBlob]? {
        if layers.isEmpty { return [] }
        let names = around.store.catalog.catalog.references(to: image.id).filter { $0.digest != nil }
        let clients = names.flatMap { name in
            RepositoryAccess(pulling: name, access: around.access, credentials: name.domain == domain ? credentials : nil).clients
        }
        guard !clients.isEmpty else { return nil }
        var fetched: [PushedBlob] = []
        for layer in layers {
            guard let blob = try await fetch(layer, clients) else { return nil }
            fetched.append(blob)
        }
        return fetched
    }

    /// Ends what is still coming in, and removes what came.
    func leave() async { await joined.leave(isStored: true) }

    private func fetch(_ layer: PulledLayer, _ clients: [RepositoryClient]) async throws -> PushedBlob? {
        try await report(ImageProgress(id: layer.name, status: "Fetching the original layer"))
        let download = try await joined.join(layer.descriptor) { [rules = around.rules] in
            BlobFetch(descriptor: layer.descriptor, clients: clients, download: $0, rules: rules)
        }
        let source = DownloadSource(download)
        do {
            let digest = try await withTaskCancellationHandler {
                try await BlockingWork.run {
                    let digest = DigestSource(source)
                    try digest.drain()
                    return digest.digest
                }
            } onCancel: {
                source.cancel()
            }
            guard digest == layer.descriptor.digest else { return nil }
            return PushedBlob(descriptor: layer.descriptor, path: download.file.path, name: layer.diffID.short)
        } catch is RegistryFailure {
            return nil
        }
    }
}
