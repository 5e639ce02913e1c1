// What the checkpoint routes need of the engine.
import RPC

/// What of a container's processes is saved to disk, and made again from there. `id` is as in `ContainerBackend`.
public protocol CheckpointBackend: Sendable {
    /// Saves a running container. Returns when the checkpoint is on disk, and the container has ended if it was to end.
    /// Errors: conflict when it doesn't run, or for a name that is taken; `invalidParameter` for a name that can't be one;
    /// notImplemented for what can't be saved; internal in CRIU's words.
    func createCheckpoint(of id: String, _ checkpoint: CheckpointOptions, context: RPCContext) async throws
    /// The names, in order. `directory` is where they are instead of the container's own. Errors: notFound for a directory.
    func checkpoints(of id: String, in directory: String?, context: RPCContext) async throws -> [String]
    /// Errors: notFound when there is none of this name.
    func removeCheckpoint(_ name: String, of id: String, in directory: String?, context: RPCContext) async throws
    /// Starts a container from one of its checkpoints. Errors: as a start; notFound when there is none of this name.
    func start(_ id: String, from checkpoint: String, context: RPCContext) async throws
}

public struct CheckpointOptions: Sendable, Equatable {
    public var name: String
    /// The directory to use instead of the container's own.
    public var directory: String?
    /// The container ends.
    public var exits: Bool

    public init(name: String, directory: String? = nil, exits: Bool = false) {
        self.name = name
        self.directory = directory
        self.exits = exits
    }
}
