// The short answers about a container: processes, and how it ended.

/// The answer to top.
public struct ContainerTop: Codable, Sendable, Equatable {
    /// The columns' titles, as `ps` prints them.
    public var titles: [String]
    /// A row a process, a value a column.
    public var processes: [[String]]

    public init(titles: [String], processes: [[String]]) {
        self.titles = titles
        self.processes = processes
    }

    enum CodingKeys: String, CodingKey { case titles = "Titles", processes = "Processes" }
}

/// The answer to wait.
public struct ContainerWaitResponse: Codable, Sendable, Equatable {
    public struct Failure: Codable, Sendable, Equatable {
        public var message: String
        public init(message: String) { self.message = message }
        enum CodingKeys: String, CodingKey { case message = "Message" }
    }

    public var statusCode: Int64
    /// Why waiting failed; nil is left out.
    public var error: Failure?

    public init(statusCode: Int64, error: Failure? = nil) {
        self.statusCode = statusCode
        self.error = error
    }

    enum CodingKeys: String, CodingKey { case statusCode = "StatusCode", error = "Error" }
}

/// The answer to prune.
public struct ContainersPruned: Codable, Sendable, Equatable {
    /// nil, written as null, when there was nothing to remove.
    @NullIfAbsent public var containersDeleted: [String]?
    /// Bytes of the removed writable layers.
    public var spaceReclaimed: Int64

    public init(containersDeleted: [String]?, spaceReclaimed: Int64) {
        self.spaceReclaimed = spaceReclaimed
        self.containersDeleted = containersDeleted
    }

    enum CodingKeys: String, CodingKey { case containersDeleted = "ContainersDeleted", spaceReclaimed = "SpaceReclaimed" }
}
