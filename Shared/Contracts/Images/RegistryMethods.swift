// The methods of the image service that talk to registries.
import RPC

/// A user's credentials for a registry, as clients send them in `X-Registry-Auth`. An empty field isn't given.
public struct RegistryCredentials: Codable, Sendable, Hashable {
    public var username: String
    public var password: String
    /// The registry they are for, as the client knows it.
    public var serverAddress: String
    /// Stands for user and password at the registry's token service.
    public var identityToken: String
    /// Sent to the registry as it is.
    public var registryToken: String

    public init(
        username: String = "", password: String = "", serverAddress: String = "", identityToken: String = "", registryToken: String = ""
    ) {
        self.username = username
        self.password = password
        self.serverAddress = serverAddress
        self.identityToken = identityToken
        self.registryToken = registryToken
    }
}

/// Brings an image, or all of a repository's tags, from its registry. The caller cancels it by leaving.
///
/// Errors: notFound with Docker's words for what the registry doesn't have or doesn't show to this user; `invalidParameter` for a
/// reference, a platform or content that is none; `unavailable` for a registry that can't be reached; `resourceExhausted`.
public enum PullImage: RPCStreamMethod {
    public static let name = "images.pull"
    public struct Request: Codable, Sendable {
        /// `repository:tag`, `repository@digest`, or a repository for all of its tags.
        public var reference: String
        /// `os/architecture[/variant]`, nil for the host's.
        public var platform: String?
        public var credentials: RegistryCredentials?
        public init(reference: String, platform: String? = nil, credentials: RegistryCredentials? = nil) {
            self.reference = reference
            self.platform = platform
            self.credentials = credentials
        }
    }
    public typealias Outbound = ImageProgress
    public struct Response: Codable, Sendable {
        public var images: [Pulled]
        public init(images: [Pulled]) { self.images = images }
    }
    public struct Pulled: Codable, Sendable, Equatable {
        public var imageID: String
        /// Familiar: `busybox:latest`.
        public var reference: String
        /// The repository alone, familiar.
        public var repository: String
        public init(imageID: String, reference: String, repository: String) {
            self.imageID = imageID
            self.reference = reference
            self.repository = repository
        }
    }
}
