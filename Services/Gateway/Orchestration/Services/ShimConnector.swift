// What the sequences need of shims.
import Contracts
import RPC

/// Where connections to shims come from.
protocol ShimConnector: Sendable {
    /// A connection to a shim that has no container yet.
    func fresh() async throws -> any ShimConnection
    /// A connection to the shim that holds the container. Errors: notFound when there is none.
    func reach(_ containerID: String) async throws -> any ShimConnection
}

/// A connection to one shim. The shim outlives it once it has been given a container.
protocol ShimConnection: Sendable {
    func adopt(_ request: AdoptContainer.Request, _ context: RPCContext) async throws
    func start(_ request: StartContainer.Request, _ context: RPCContext) async throws -> RunningContainer
    func restore(_ request: RestoreContainer.Request, _ context: RPCContext) async throws -> RunningContainer
    func checkpoint(_ request: CheckpointContainer.Request, _ context: RPCContext) async throws
    func listCheckpoints(_ request: ListCheckpoints.Request, _ context: RPCContext) async throws -> ListCheckpoints.Response
    func removeCheckpoint(_ request: RemoveCheckpoint.Request, _ context: RPCContext) async throws
    func inspect(_ context: RPCContext) async throws -> InspectShim.Response
    /// Tells `handler` what happened after a notice and what happens, one notice after the other, until the shim ends or the
    /// connection breaks.
    func watch(after sequence: UInt64, _ handler: @Sendable (ShimNotice) async -> Void) async throws
    func signal(_ request: SignalContainer.Request, _ context: RPCContext) async throws -> SignalContainer.Response
    func pause(_ context: RPCContext) async throws
    func resume(_ context: RPCContext) async throws
    func resize(_ request: ResizeTerminal.Request, _ context: RPCContext) async throws
    /// Joins the client behind `descriptor`, which stays the caller's; returns when the attachment ends.
    func attach(_ request: AttachContainer.Request, descriptor: Int32, _ context: RPCContext) async throws -> AttachContainer.Response
    func startExec(_ request: StartExec.Request, descriptor: Int32?, _ context: RPCContext) async throws -> ExecState
    func stats(_ context: RPCContext) async throws -> StatsSample
    func update(_ request: UpdateContainer.Request, _ context: RPCContext) async throws
    func processes(_ context: RPCContext) async throws -> [Int32]
    func noteCalls(_ notes: Bool, _ context: RPCContext) async throws
    func release(removesContainerDirectory: Bool, _ context: RPCContext) async throws
    func kill(_ request: KillShim.Request, _ context: RPCContext) async throws
    func recover(_ request: RecoverContainer.Request, _ context: RPCContext) async throws -> ExitRecord?
    func close() async
}
