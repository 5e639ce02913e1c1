// The steps that an image was made by, and what prune and commit answer.

/// One entry of `GET /images/{name}/history`, newest first.
public struct ImageHistoryItem: Codable, Sendable, Equatable {
    /// The image's ID for the newest step, `<missing>` for all others.
    public var id: String
    /// Seconds since 1970.
    public var created: Int64
    public var createdBy: String
    @NullIfAbsent public var tags: [String]?
    /// Bytes of the step's layer.
    public var size: Int64
    public var comment: String

    public init(id: String, created: Int64, createdBy: String, tags: [String]?, size: Int64, comment: String) {
        self.id = id
        self.created = created
        self.createdBy = createdBy
        self.tags = tags
        self.size = size
        self.comment = comment
    }

    enum CodingKeys: String, CodingKey {
        case id = "Id", created = "Created", createdBy = "CreatedBy", tags = "Tags", size = "Size", comment = "Comment"
    }
}

/// What `POST /images/prune` answers.
public struct ImagesPruneReport: Codable, Sendable, Equatable {
    @NullIfAbsent public var imagesDeleted: [ImageDeleteItem]?
    /// Bytes.
    public var spaceReclaimed: Int64

    public init(imagesDeleted: [ImageDeleteItem]?, spaceReclaimed: Int64) {
        self.imagesDeleted = imagesDeleted
        self.spaceReclaimed = spaceReclaimed
    }

    enum CodingKeys: String, CodingKey { case imagesDeleted = "ImagesDeleted", spaceReclaimed = "SpaceReclaimed" }
}

/// What `POST /commit` answers.
public struct CommitResponse: Codable, Sendable, Equatable {
    public var id: String
    public init(id: String) { self.id = id }
    enum CodingKeys: String, CodingKey { case id = "Id" }
}
