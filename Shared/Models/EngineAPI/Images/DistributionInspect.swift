// What a registry has under a name.

/// The answer of `GET /distribution/{name}/json`.
public struct DistributionInspect: Codable, Sendable, Equatable {
    public struct Descriptor: Codable, Sendable, Equatable {
        public var mediaType: String
        public var digest: String
        /// Bytes of the manifest or index.
        public var size: Int64

        public init(mediaType: String, digest: String, size: Int64) {
            self.mediaType = mediaType
            self.digest = digest
            self.size = size
        }
    }

    public struct Platform: Codable, Sendable, Equatable {
        public var architecture: String
        public var os: String
        public var variant: String?

        public init(architecture: String, os: String, variant: String? = nil) {
            self.architecture = architecture
            self.os = os
            self.variant = variant
        }
    }

    public var descriptor: Descriptor
    public var platforms: [Platform]

    private enum CodingKeys: String, CodingKey { case descriptor = "Descriptor", platforms = "Platforms" }

    public init(descriptor: Descriptor, platforms: [Platform]) {
        self.descriptor = descriptor
        self.platforms = platforms
    }
}

/// The answer of `POST /auth`.
public struct LoginAnswer: Codable, Sendable, Equatable {
    public var identityToken: String
    public var status: String

    private enum CodingKeys: String, CodingKey { case identityToken = "IdentityToken", status = "Status" }

    public init(identityToken: String, status: String) {
        self.identityToken = identityToken
        self.status = status
    }
}
