// From a tag or digest to the one manifest of the platform that is wanted.
import Models

/// What a reference stands for in a registry.
struct ChosenManifest: Sendable {
    var manifest: OCIManifest
    var bytes: [UInt8]
    var digest: ContentDigest
}

/// Follows indexes down to a manifest. Throws `RegistryFailure`.
struct ManifestChoice: Sendable {
    let reference: ImageReference
    let platform: OCIPlatform
    let limits: IngestLimits
    let client: RepositoryClient

    private static let maximumDepth = 4

    func choose(_ fetched: FetchedManifest, depth: Int = 0) async throws -> ChosenManifest {
        if FetchedManifest.firstSchema.contains(fetched.mediaType) { throw Self.firstSchema(reference) }
        if OCIMediaType.isIndex(fetched.mediaType) {
            guard depth < Self.maximumDepth else {
                throw RegistryFailure.content("the indexes of \(reference.familiar) are nested too deep")
            }
            let index = try RegistryDocument.decode(OCIIndex.self, fetched.bytes, name: "the index \(fetched.digest)", limits)
            guard let entry = best(of: index.manifests) else { throw noMatch(index) }
            let next = try await client.manifest("\(entry.digest)", limit: limits.maximumDocumentSize)
            return try await choose(next, depth: depth + 1)
        }
        guard OCIMediaType.isManifest(fetched.mediaType) else {
            throw RegistryFailure.unsuitable("mediaType in manifest should be '\(OCIMediaType.manifest)' not '\(fetched.mediaType)'")
        }
        let manifest = try RegistryDocument.decode(OCIManifest.self, fetched.bytes, name: "the manifest \(fetched.digest)", limits)
        try check(manifest)
        return ChosenManifest(manifest: manifest, bytes: fetched.bytes, digest: fetched.digest)
    }

    private func best(of entries: [OCIDescriptor]) -> OCIDescriptor? {
        let candidates = entries.filter { entry in
            !OCILayout.isAttestation(entry) && (OCIMediaType.isManifest(entry.mediaType) || OCIMediaType.isIndex(entry.mediaType))
        }
        // Without a platform an entry may be for any: it is taken when no other suits.
        return platform.best(of: candidates, platform: \.platform) ?? candidates.first { $0.platform == nil }
    }

    private func noMatch(_ index: OCIIndex) -> RegistryFailure {
        .notFound("no matching manifest for \(platform) in the manifest list entries")
    }

    private func check(_ manifest: OCIManifest) throws(RegistryFailure) {
        guard OCIMediaType.isConfig(manifest.config.mediaType) || manifest.config.mediaType == "application/octet-stream" else {
            let kind = manifest.config.mediaType.contains("plugin") ? "plugin" : "unknown"
            throw .unsuitable("Encountered remote \"\(manifest.config.mediaType)\"(\(kind)) when fetching")
        }
        guard manifest.layers.count <= limits.maximumLayers else {
            throw .content("the image has \(manifest.layers.count) layers, more than \(limits.maximumLayers)")
        }
        for descriptor in [manifest.config] + manifest.layers {
            guard descriptor.digest.algorithm == "sha256" else {
                throw .content("content named by \(descriptor.digest.algorithm) is not supported")
            }
            guard descriptor.size >= 0 else { throw .content("the manifest gives \(descriptor.digest) a size of \(descriptor.size)") }
        }
        if let layer = manifest.layers.first(where: { !Self.isLayer($0.mediaType) }) {
            throw .unsuitable("layers of media type \(layer.mediaType) are not supported")
        }
    }

    private static func isLayer(_ type: String) -> Bool {
        type.contains("tar") && !type.hasSuffix("+encrypted")
    }

    private static func firstSchema(_ reference: ImageReference) -> RegistryFailure {
        .unsuitable(
            """
            Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed. Suggest the author of \
            \(reference.familiar) to upgrade the image to the OCI Format or Docker Image manifest v2, schema 2. More information at \
            https://docs.docker.com/go/deprecated-image-specs/
            """)
    }
}
