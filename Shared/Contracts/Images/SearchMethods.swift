// Looking for images in a registry's index.
import RPC

/// Asks an index, by the protocol of Docker's first registry, for repositories.
///
/// Errors: `invalidParameter` for a term that names no index; `internalError` in Docker's words for an index that doesn't answer well.
public enum SearchImages: RPCMethod {
    public static let name = "images.search"
    public struct Request: Codable, Sendable {
        /// `[host[:port]/]words`; without a host Docker's own index is asked.
        public var term: String
        /// From 1 to 100.
        public var limit: Int
        public var credentials: RegistryCredentials?
        public init(term: String, limit: Int, credentials: RegistryCredentials? = nil) {
            self.term = term
            self.limit = limit
            self.credentials = credentials
        }
    }
    public struct Found: Codable, Sendable, Equatable {
        public var name: String
        public var description: String
        public var stars: Int
        public var isOfficial: Bool
        public var isAutomated: Bool
        public init(name: String, description: String, stars: Int, isOfficial: Bool, isAutomated: Bool) {
            self.name = name
            self.description = description
            self.stars = stars
            self.isOfficial = isOfficial
            self.isAutomated = isAutomated
        }
    }
    public struct Response: Codable, Sendable {
        public var found: [Found]
        public init(found: [Found]) { self.found = found }
    }
}
