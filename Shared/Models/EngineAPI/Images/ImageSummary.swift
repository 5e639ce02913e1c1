// An image in a list.

/// One entry of the answer to list.
public struct ImageSummary: Codable, Sendable, Equatable {
    public var id: String
    @ZeroIfAbsent public var parentID: String
    /// `repository:tag`; never null on the wire.
    @ZeroIfAbsent public var repoTags: [String]
    /// `repository@sha256:…`; never null on the wire.
    @ZeroIfAbsent public var repoDigests: [String]
    /// Seconds since 1970.
    @ZeroIfAbsent public var created: Int64
    /// Bytes of all layers.
    @ZeroIfAbsent public var size: Int64
    /// Bytes shared with other images; -1 when not computed.
    public var sharedSize: Int64 = -1
    /// The same as `size`; only before 1.44.
    public var virtualSize: Int64?
    @NullIfAbsent public var labels: [String: String]?
    /// Containers made from it; -1 when not counted.
    public var containers: Int = -1

    public init(id: String) { self.id = id }

    enum CodingKeys: String, CodingKey {
        case id = "Id", parentID = "ParentId", repoTags = "RepoTags", repoDigests = "RepoDigests", created = "Created", size = "Size"
        case sharedSize = "SharedSize", virtualSize = "VirtualSize", labels = "Labels", containers = "Containers"
    }
}
