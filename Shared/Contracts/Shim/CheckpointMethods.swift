// Checkpoints: what a container's processes are at one moment, on disk, and made from there again by CRIU.
import RPC

/// Saves the processes of a running container. Returns once the checkpoint is on disk whole; what is half-made is removed.
/// Errors: conflict when the container isn't running or has a checkpoint of this name; `invalidParameter` for a name that can't be one;
/// `notImplemented` for a container of a kind that can't be saved; `internalError` in CRIU's words, and the container runs on.
public enum CheckpointContainer: RPCMethod {
    public static let name = "shim.checkpoint"

    public struct Request: Codable, Sendable {
        public var checkpoint: String
        /// Where checkpoints lie instead of below the container's own directory; absolute.
        public var directory: String?
        /// The container ends with it, by SIGKILL, and isn't started again by the shim.
        public var ends: Bool
        /// CRIU's path, or its name to be looked for; nil for `criu`.
        public var criu: String?

        public init(checkpoint: String, directory: String? = nil, ends: Bool, criu: String? = nil) {
            self.checkpoint = checkpoint
            self.directory = directory
            self.ends = ends
            self.criu = criu
        }
    }
    public typealias Response = RPCNothing
}

/// Runs a container from a checkpoint of its own directory. Returns once its processes go on.
/// Errors: as `StartContainer`; notFound when there is no such checkpoint; `internalError` in CRIU's words.
public enum RestoreContainer: RPCMethod {
    public static let name = "shim.restore"

    public struct Request: Codable, Sendable {
        /// The same as for a start. What the checkpoint doesn't hold is made from it, and a later restart uses it.
        public var start: StartContainer.Request
        public var checkpoint: String
        /// CRIU's path, or its name to be looked for; nil for `criu`.
        public var criu: String?

        public init(_ start: StartContainer.Request, checkpoint: String, criu: String? = nil) {
            self.start = start
            self.checkpoint = checkpoint
            self.criu = criu
        }
    }
    public typealias Response = RunningContainer
}

/// The names of a container's checkpoints that are whole, in order. Answered by any shim, a fresh one too.
/// Errors: notFound when the directory that was named isn't there.
public enum ListCheckpoints: RPCMethod {
    public static let name = "shim.checkpoints.list"

    public struct Request: Codable, Sendable {
        public var place: CheckpointPlace
        public init(_ place: CheckpointPlace) { self.place = place }
    }

    public struct Response: Codable, Sendable {
        public var names: [String]
        public init(names: [String]) { self.names = names }
    }
}

/// Removes a checkpoint. Answered by any shim, a fresh one too. Errors: notFound when there is none of this name.
public enum RemoveCheckpoint: RPCMethod {
    public static let name = "shim.checkpoints.remove"

    public struct Request: Codable, Sendable {
        public var place: CheckpointPlace
        public var checkpoint: String
        public init(_ checkpoint: String, in place: CheckpointPlace) {
            self.place = place
            self.checkpoint = checkpoint
        }
    }
    public typealias Response = RPCNothing
}

/// Where a container's checkpoints lie.
public struct CheckpointPlace: Codable, Sendable, Equatable {
    public var containerID: String
    /// `EngineLayout.root` and `.run` of the engine.
    public var root: String
    public var run: String
    /// The directory to use instead of the container's own; absolute.
    public var directory: String?
    /// The container's labels. Calls of clients that are limited to other labels are refused.
    public var labels: [String: String]?

    public init(containerID: String, root: String, run: String, directory: String? = nil, labels: [String: String]? = nil) {
        self.labels = labels
        self.containerID = containerID
        self.root = root
        self.run = run
        self.directory = directory
    }

    public var path: String { directory ?? EngineLayout(root: root, run: run).checkpoints(containerID) }
}

/// The names that a checkpoint can have: those of containers.
public enum CheckpointName {
    private static let longest = 128

    /// Errors: `invalidParameter`.
    public static func check(_ name: String) throws(RPCError) {
        guard !ResourceName.isValid(name) || name.utf8.count > longest else { return }
        throw RPCError(.invalidParameter, "Invalid checkpoint ID (\(name)), only \(ResourceName.characters) are allowed")
    }
}
