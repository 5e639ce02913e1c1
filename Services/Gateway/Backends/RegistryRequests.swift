// What the routes about registries ask for.
import Models

/// A user's credentials for a registry. Names are those of the wire, which are Docker's; an empty field isn't given.
public struct RegistryLogin: Decodable, Sendable, Equatable {
    public var username = ""
    public var password = ""
    public var serverAddress = ""
    /// Stands for user and password.
    public var identityToken = ""
    public var registryToken = ""

    private enum CodingKeys: String, CodingKey {
        case username, password, serveraddress, identitytoken, registrytoken
    }

    public init() {}

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String { try container.decodeIfPresent(String.self, forKey: key) ?? "" }
        username = try text(.username)
        password = try text(.password)
        serverAddress = try text(.serveraddress)
        identityToken = try text(.identitytoken)
        registryToken = try text(.registrytoken)
    }

    public var isEmpty: Bool { username.isEmpty && identityToken.isEmpty && registryToken.isEmpty }
}

/// What search is asked for.
public struct ImageSearchQuery: Sendable, Equatable {
    public static let filterKeys: Set<String> = ["is-automated", "is-official", "stars"]

    public var term: String
    public var limit: Int
    public var filters: Filters

    public init(term: String, limit: Int = 25, filters: Filters = Filters()) {
        self.term = term
        self.limit = limit
        self.filters = filters
    }
}

/// What pull is asked for.
public struct ImagePullRequest: Sendable, Equatable {
    /// A reference; one without a tag and a digest means all tags.
    public var reference: String
    /// `os/architecture[/variant]`; nil for the host's.
    public var platform: String?
    public var credentials: RegistryLogin?

    public init(reference: String, platform: String? = nil, credentials: RegistryLogin? = nil) {
        self.reference = reference
        self.platform = platform
        self.credentials = credentials
    }
}
