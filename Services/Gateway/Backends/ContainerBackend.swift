// What the container routes need of the engine.
import Models
import RPC

/// The engine's containers. `id` is whatever the client wrote: a full ID, a name with or without `/`, or a unique prefix of an ID.
///
/// Every method throws `RPCError` with words fit for the user: notFound (`No such container: x`), conflict, `invalidParameter`.
/// A request is cancelled by cancelling its task; what must not stop half-way (start, stop, restart, remove) goes on regardless.
public protocol ContainerBackend: Sendable {
    /// Validates and records a container. `request` has been through the gates of the client's API version.
    /// Errors: notFound for the image; conflict for the name; `invalidParameter` with every fault.
    func create(
        _ request: ContainerCreateRequest, name: String?, platform: String?, context: RPCContext
    ) async throws -> ContainerCreateResponse
    /// Errors: notModified when it runs already; conflict when paused or being removed.
    func start(_ id: String, context: RPCContext) async throws
    /// Errors: notModified when it doesn't run.
    func stop(_ id: String, _ options: StopOptions, context: RPCContext) async throws
    func restart(_ id: String, _ options: StopOptions, context: RPCContext) async throws
    /// `signal` is a name with or without `SIG`, or a number; nil for KILL, which returns once the container has ended.
    func kill(_ id: String, signal: String?, context: RPCContext) async throws
    func pause(_ id: String, context: RPCContext) async throws
    func unpause(_ id: String, context: RPCContext) async throws
    func rename(_ id: String, to name: String, context: RPCContext) async throws
    func remove(_ id: String, _ options: RemoveOptions, context: RPCContext) async throws
    /// Removes every container that doesn't run and that the query allows. Errors: conflict while another prune is under way.
    func prune(_ query: ContainerPruneQuery, context: RPCContext) async throws -> ContainersPruned
    /// The steps of its last operations, as far as they are remembered, oldest first.
    func trace(_ id: String, context: RPCContext) async throws -> [TraceSpan]
    /// Registers a waiter and returns at once; whatever ends the container from then on, the removal included, is not missed.
    func wait(_ id: String, for condition: WaitCondition, context: RPCContext) async throws -> PendingWait
    /// `size` asks for `sizeRw` and `sizeRootFs`.
    func inspect(_ id: String, size: Bool, context: RPCContext) async throws -> ContainerInspect
    /// Newest first; never waits for a container. Filter keys have been checked, filter values have not.
    func list(_ query: ContainerListQuery, context: RPCContext) async throws -> [ListedContainer]
    /// `psArguments` is what the client gave, nil for `-ef`. Errors: conflict when not running.
    func top(_ id: String, psArguments: String?, context: RPCContext) async throws -> ContainerTop
    /// Samples of a container's counters. With `isLive` they go on until the client leaves; without, there is one, which is empty for a
    /// container that doesn't run. `isOneShot` doesn't wait for a second sample to compute rates from. Errors: `invalidParameter` for both.
    func stats(
        _ id: String, isLive: Bool, isOneShot: Bool, context: RPCContext
    ) async throws -> AsyncThrowingStream<ContainerStats, any Error>
    /// Changes limits, the restart policy and, unless they are nil, published ports. Errors: conflict with what is set; `invalidParameter`.
    func update(_ id: String, _ change: HostConfig, context: RPCContext) async throws -> ContainerUpdateResponse
    func logs(_ id: String, _ options: LogOptions, context: RPCContext) async throws -> LogStream
    /// Checks that the container can be attached to. Errors: conflict when paused or restarting.
    func attach(_ id: String, _ options: AttachOptions, context: RPCContext) async throws -> PreparedStream
    /// Errors: conflict when not running.
    func resize(_ id: String, to size: ConsoleSize, context: RPCContext) async throws
}
