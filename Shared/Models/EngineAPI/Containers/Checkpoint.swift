// Checkpoints as clients ask for them and see them.

public struct CheckpointCreateRequest: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var checkpointID: String
    /// Where it goes instead of the container's own directory; empty for that.
    @ZeroIfAbsent public var checkpointDir: String
    /// The container ends.
    @ZeroIfAbsent public var exit: Bool

    enum CodingKeys: String, CodingKey {
        case checkpointID = "CheckpointID", checkpointDir = "CheckpointDir", exit = "Exit"
    }
}

public struct CheckpointSummary: Codable, Sendable, Equatable {
    public var name: String

    public init(name: String) { self.name = name }

    enum CodingKeys: String, CodingKey { case name = "Name" }
}
