// Looks at what a registry has under a name.
import Contracts
import Models
import RPC

struct DistributionInspection: Sendable {
    let reference: ImageReference
    let access: RepositoryAccess
    let limits: IngestLimits

    /// Throws `RegistryFailure`.
    func run() async throws -> InspectDistribution.Response {
        let name = reference.digest?.description ?? reference.tag ?? ImageReference.defaultTag
        let (fetched, clients) = try await access.first { try await $0.manifest(name, limit: limits.maximumDocumentSize) }
        return InspectDistribution.Response(
            mediaType: fetched.mediaType, digest: fetched.digest.description, size: Int64(fetched.bytes.count),
            platforms: try await platforms(fetched, clients[0]).map {
                .init(os: $0.os, architecture: $0.architecture, variant: $0.variant)
            })
    }

    private func platforms(_ fetched: FetchedManifest, _ client: RepositoryClient) async throws -> [OCIPlatform] {
        if OCIMediaType.isIndex(fetched.mediaType) {
            let index = try RegistryDocument.decode(OCIIndex.self, fetched.bytes, name: "the index \(fetched.digest)", limits)
            return index.manifests.compactMap(\.platform)
        }
        guard OCIMediaType.isManifest(fetched.mediaType) else { return [] }
        let manifest = try RegistryDocument.decode(OCIManifest.self, fetched.bytes, name: "the manifest \(fetched.digest)", limits)
        let config = try await client.smallBlob(manifest.config, limit: limits.maximumDocumentSize)
        let image = try? RegistryDocument.decode(OCIImage.self, config, name: "the config", limits)
        return image?.platform.map { [$0] } ?? []
    }
}
