// Fetches a damaged blob again.
import Contracts
import Glibc
import Models

/// Asks the registries that a blob's images are known by.
struct BlobRepair: Sendable {
    let around: PullCircumstances
    /// For the registry that they name, and no other.
    let credentials: RegistryCredentials?

    /// Replaces the blob's file by good bytes. Returns the name of the repository they came from.
    /// Throws `RegistryFailure`, `SystemError`, `CancellationError`.
    func run(_ blob: BlobRow) async throws -> String {
        var failure: any Error = RegistryFailure.notFound("no image with this layer is known by a registry's name; load or build it again")
        for reference in sources(of: blob.digest) {
            do {
                try await fetch(blob, from: reference)
                return reference.familiarName
            } catch let error as RegistryFailure {
                failure = error
            }
        }
        throw failure
    }

    /// One reference a repository.
    private func sources(of digest: ContentDigest) -> [ImageReference] {
        let catalog = around.store.catalog.catalog
        let images = catalog.images.values.filter { $0.blobs.contains(digest) }
        var found: [String: ImageReference] = [:]
        for reference in images.flatMap({ catalog.references(to: $0.id) }) { found[reference.name] = reference }
        return found.values.sorted { $0.name < $1.name }
    }

    private func fetch(_ blob: BlobRow, from reference: ImageReference) async throws {
        let own = credentials.flatMap { RegistryLogIn.domain($0.serverAddress) == reference.domain ? $0 : nil }
        let access = RepositoryAccess(pulling: reference, access: around.access, credentials: own)
        let descriptor = OCIDescriptor(mediaType: blob.mediaType, digest: blob.digest, size: blob.size)
        // Another endpoint of the same repository may be up when the first isn't.
        let clients = try await access.first { client in
            guard try await client.hasBlob(blob.digest) else {
                throw RegistryFailure.notFound("\(client.endpoint) doesn't have \(blob.digest)")
            }
        }.clients
        let rules = around.rules
        let download = try await around.downloads.join(descriptor) {
            BlobFetch(descriptor: descriptor, clients: clients, download: $0, rules: rules)
        }
        do {
            try await replace(blob, by: download)
            await around.downloads.leave(blob.digest, isStored: true)
        } catch {
            await around.downloads.leave(blob.digest, isStored: false)
            throw error
        }
    }

    private func replace(_ blob: BlobRow, by download: BlobDownload) async throws {
        let source = DownloadSource(download)
        try await withTaskCancellationHandler {
            try await BlockingWork.run {
                let digest = DigestSource(source)
                try digest.drain()
                guard digest.digest == blob.digest else {
                    try download.file.clear()
                    throw RegistryFailure.content("the registry's bytes have the digest \(digest.digest)")
                }
                try download.file.checkpoint(blob.size)
            }
        } onCancel: {
            source.cancel()
        }
        let paths = around.store.paths
        try await around.store.catalog.exclusively { session in
            guard session.catalog.blobs[blob.digest] != nil else { return }
            let path = paths.blob(blob.digest.hex), fresh = "\(paths.staging)/repair-\(blob.digest.hex)"
            unlink(fresh)
            if link(download.file.path, fresh) < 0 { throw SystemError(call: "link", path: fresh, code: errno) }
            if rename(fresh, path) < 0 { throw SystemError(call: "rename", path: path, code: errno) }
            try Descriptor.directory(paths.blobs).synchronize(paths.blobs)
        }
    }
}
