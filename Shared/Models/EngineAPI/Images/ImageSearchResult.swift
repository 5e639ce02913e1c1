// A repository that a search found.

/// One entry of the answer of `GET /images/search`.
public struct ImageSearchResult: Codable, Sendable, Equatable {
    public var name: String
    public var description: String
    public var starCount: Int
    public var isOfficial: Bool
    public var isAutomated: Bool

    private enum CodingKeys: String, CodingKey {
        case name, description, starCount = "star_count", isOfficial = "is_official", isAutomated = "is_automated"
    }

    public init(name: String, description: String, starCount: Int, isOfficial: Bool, isAutomated: Bool) {
        self.name = name
        self.description = description
        self.starCount = starCount
        self.isOfficial = isOfficial
        self.isAutomated = isAutomated
    }
}
