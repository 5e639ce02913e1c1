// The methods of the image service that bring images to registries.
import RPC

/// Sends one image, or all of a repository's, to its registry. The caller cancels it by leaving.
///
/// The first line of progress comes before the registry is asked. Errors: notFound for an image that isn't there, `unauthorized` and
/// `forbidden` in the registry's words.
public enum PushImage: RPCStreamMethod {
    public static let name = "images.push"
    public struct Request: Codable, Sendable {
        /// `repository:tag`, or a repository for all of its tags.
        public var reference: String
        public var credentials: RegistryCredentials?
        public init(reference: String, credentials: RegistryCredentials? = nil) {
            self.reference = reference
            self.credentials = credentials
        }
    }
    public typealias Outbound = ImageProgress
    public struct Response: Codable, Sendable {
        public var images: [PushedImage]
        public init(images: [PushedImage]) { self.images = images }
    }
}

/// What a registry has now.
public struct PushedImage: Codable, Sendable, Equatable {
    /// Familiar: `localhost:5000/app:v1`.
    public var reference: String
    /// The repository alone, familiar.
    public var repository: String
    public var tag: String
    /// The digest of the manifest.
    public var digest: String
    /// Bytes of the manifest.
    public var size: Int64
    public init(reference: String, repository: String, tag: String, digest: String, size: Int64) {
        self.reference = reference
        self.repository = repository
        self.tag = tag
        self.digest = digest
        self.size = size
    }
}

/// Tries credentials at a registry. Errors: `unauthorized` when the registry doesn't take them.
public enum LogIn: RPCMethod {
    public static let name = "images.login"
    public struct Request: Codable, Sendable {
        /// The registry is in `serverAddress`; empty is Docker's.
        public var credentials: RegistryCredentials
        public init(credentials: RegistryCredentials) { self.credentials = credentials }
    }
    public struct Response: Codable, Sendable {
        /// Stands for user and password from now on; empty when the registry gives none.
        public var identityToken: String
        public init(identityToken: String) { self.identityToken = identityToken }
    }
}

/// What a registry has under a name, without pulling it. Errors as `PullImage`.
public enum InspectDistribution: RPCMethod {
    public static let name = "images.distribution.inspect"
    public struct Request: Codable, Sendable {
        public var reference: String
        public var credentials: RegistryCredentials?
        public init(reference: String, credentials: RegistryCredentials? = nil) {
            self.reference = reference
            self.credentials = credentials
        }
    }
    public struct Platform: Codable, Sendable, Equatable {
        public var os: String
        public var architecture: String
        public var variant: String?
        public init(os: String, architecture: String, variant: String? = nil) {
            self.os = os
            self.architecture = architecture
            self.variant = variant
        }
    }
    public struct Response: Codable, Sendable {
        public var mediaType: String
        public var digest: String
        /// Bytes of the manifest or index.
        public var size: Int64
        public var platforms: [Platform]
        public init(mediaType: String, digest: String, size: Int64, platforms: [Platform]) {
            self.mediaType = mediaType
            self.digest = digest
            self.size = size
            self.platforms = platforms
        }
    }
}
