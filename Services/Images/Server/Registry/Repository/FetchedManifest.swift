// A manifest or an index as a registry gave it.
import Models

/// The bytes, what they are, and their digest.
struct FetchedManifest: Sendable, Equatable {
    var bytes: [UInt8]
    var mediaType: String
    var digest: ContentDigest

    /// What is asked for: all that can be understood, and what can only be refused in words.
    static let accepted = [
        OCIMediaType.dockerManifest, OCIMediaType.dockerManifestList, OCIMediaType.manifest, OCIMediaType.index,
    ]

    static let signedFirstSchema = "application/vnd.docker.distribution.manifest.v1+prettyjws"

    /// Media types of the first schema, which has no configs and no digests of layers.
    static let firstSchema: Set<String> = ["application/vnd.docker.distribution.manifest.v1+json", signedFirstSchema]
}
