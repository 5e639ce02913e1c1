// A pointer to content (OCI image specification, descriptor.md).

/// What content is, how it is named and how long it is.
public struct OCIDescriptor: Codable, Sendable, Equatable {
    public var mediaType: String
    public var digest: ContentDigest
    /// Bytes.
    public var size: Int64
    /// Where else it may be fetched from.
    public var urls: [String]?
    public var annotations: [String: String]?
    /// What an image runs on, in entries of an index.
    public var platform: OCIPlatform?
    public var artifactType: String?

    public init(
        mediaType: String, digest: ContentDigest, size: Int64, urls: [String]? = nil, annotations: [String: String]? = nil,
        platform: OCIPlatform? = nil, artifactType: String? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.urls = urls
        self.annotations = annotations
        self.platform = platform
        self.artifactType = artifactType
    }
}
