// A shim in memory: it runs nothing, but keeps the life cycle that a real one keeps.
import Contracts
import RPC
import Synchronization

@testable import GatewayOrchestration

/// Hands out fake shims.
struct FakeShims: ShimConnector {
    let world: FakeWorld

    func fresh() async throws -> any ShimConnection {
        try world.call("shim.fresh")
        return FakeShim(world: world)
    }

    func reach(_ containerID: String) async throws -> any ShimConnection {
        try await world.heldCall("shim.reach")
        guard let shim = world.shim(containerID) else { throw RPCError(.unavailable, "no shim") }
        return shim
    }
}

final class FakeShim: ShimConnection {
    struct State {
        var id = ""
        var phase = ShimPhase.prepared
        var attached = 0
        var joined: UInt64 = 0
        var losesClient = false
        var signals: [Int32] = []
        var ignoresSignals: Set<Int32> = []
        var watchers: [AsyncStream<ShimNotice>.Continuation] = []
        var isDead = false
        /// It answers no calls that change something.
        var isFrozen = false
        var execs: [String] = []
        /// Exit codes of those that have ended.
        var execCodes: [String: Int32] = [:]
        var execStates: [ExecState] {
            execs.map { ExecState(execID: $0, pid: execCodes[$0] == nil ? 77 : 0, running: execCodes[$0] == nil, exitCode: execCodes[$0]) }
        }
        var samples = 0
        var updates: [UpdateContainer.Request] = []
        var specification: ContainerSpec?
        var supervision: SupervisionSpec?
        var history: [ShimNotice] = []
        var ends: [EndRequest] = []
        var checkpoints: [CheckpointContainer.Request] = []
        var attachEnd: [CheckedContinuation<Void, Never>] = []
    }

    static let pid: Int32 = 4242
    let world: FakeWorld
    private let state = Mutex(State())

    init(world: FakeWorld) { self.world = world }

    var signals: [Int32] { state.withLock { $0.signals } }
    var specification: ContainerSpec? { state.withLock { $0.specification } }

    var supervision: SupervisionSpec? { state.withLock { $0.supervision } }
    var updates: [UpdateContainer.Request] { state.withLock { $0.updates } }
    var checkpoints: [CheckpointContainer.Request] { state.withLock { $0.checkpoints } }
    var ends: [EndRequest] { state.withLock { $0.ends } }

    func freeze() { state.withLock { $0.isFrozen = true } }

    func ignore(_ signal: Int32) { state.withLock { _ = $0.ignoresSignals.insert(signal) } }

    /// Ends the container, as its process would.
    func exit(_ code: Int32, outOfMemory: Bool = false) {
        let record = ExitRecord(exitCode: code, outOfMemory: outOfMemory, startedAt: 1_000_000_000, finishedAt: 4_000_000_000)
        state.withLock { $0.phase = .exited(record) }
        send(.exited(record))
    }

    /// The shim dies; the container's exit record may be left on disk.
    func die(leaving record: ExitRecord?) {
        let (id, watchers) = state.withLock { state in
            state.isDead = true
            return (state.id, state.watchers)
        }
        world.with { world in
            world.shims[id] = nil
            world.exitRecords[id] = record
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Ends the container as its process would, and waits for its restart.
    func awaitRestart(_ code: Int32, count: Int32) {
        let record = ExitRecord(exitCode: code, startedAt: 1_000_000_000, finishedAt: 4_000_000_000)
        state.withLock { $0.phase = .restarting(record) }
        send(.restarting(RestartNotice(exit: record, count: count, delayMilliseconds: 100)))
    }

    func restart(startedAt: Int64) {
        let process = RunningContainer(pid: Self.pid, startedAt: startedAt)
        state.withLock { $0.phase = .running(process) }
        send(.started(process))
    }

    func send(_ event: ShimEvent) {
        let (notice, watchers) = state.withLock { state in
            let notice = ShimNotice(sequence: UInt64(state.history.count + 1), event)
            state.history.append(notice)
            return (notice, state.watchers)
        }
        for watcher in watchers { watcher.yield(notice) }
    }

    // MARK: ShimConnection

    func adopt(_ request: AdoptContainer.Request, _ context: RPCContext) async throws {
        state.withLock { $0.id = request.containerID }
        world.with { world in
            world.shims[request.containerID] = self
            world.directories.insert(request.containerID)
        }
        try world.call("shim.adopt")
    }

    func start(_ request: StartContainer.Request, _ context: RPCContext) async throws -> RunningContainer {
        try await world.heldCall("shim.start")
        if state.withLock({ $0.isDead }) { throw RPCError(.unavailable, "the shim is gone") }
        let process = RunningContainer(pid: Self.pid, startedAt: 1_000_000_000)
        state.withLock { state in
            state.specification = request.spec
            state.supervision = request.supervision
            state.phase = .running(process)
        }
        send(.started(process))
        return process
    }

    func inspect(_ context: RPCContext) async throws -> InspectShim.Response {
        try world.call("shim.inspect")
        return state.withLock { state in
            InspectShim.Response(
                containerID: state.id, shimPID: 1, version: "", phase: state.phase, execs: state.execStates,
                attachedClients: state.attached, outputBytes: 0, droppedLogLines: 0,
                joinedClients: state.joined)
        }
    }

    func watch(after sequence: UInt64, _ handler: @Sendable (ShimNotice) async -> Void) async throws {
        try world.call("shim.watch")
        let (notices, continuation) = AsyncStream.makeStream(of: ShimNotice.self)
        let missed = try state.withLock { state in
            guard !state.isDead else { throw RPCError(.unavailable, "the shim is gone") }
            state.watchers.append(continuation)
            return state.history.filter { $0.sequence > sequence }
        }
        for notice in missed { continuation.yield(notice) }
        for await notice in notices { await handler(notice) }
    }

    func signal(_ request: SignalContainer.Request, _ context: RPCContext) async throws -> SignalContainer.Response {
        try world.call("shim.signal")
        if state.withLock({ $0.isFrozen }) { throw RPCError(.deadlineExceeded, "no answer in time") }
        let isWaiting = state.withLock { state in
            if let end = request.end { state.ends.append(end) }
            guard request.end != nil, case .restarting(let record) = state.phase else { return nil as ExitRecord? }
            state.phase = .exited(record)
            return record
        }
        if let isWaiting {
            send(.exited(isWaiting))
            return .init()
        }
        let ends = state.withLock { state in
            state.signals.append(request.signal)
            return !state.ignoresSignals.contains(request.signal)
        }
        if ends { exit(128 + request.signal) }
        return .init(isUnheeded: ends ? nil : true)
    }

    func restore(_ request: RestoreContainer.Request, _ context: RPCContext) async throws -> RunningContainer {
        try world.call("shim.restore")
        guard world.checkpoints.contains(request.checkpoint) else {
            throw RPCError(
                .notFound, "checkpoint \(request.checkpoint) does not exist for container", details: ["step": "missing"])
        }
        return try await start(request.start, context)
    }

    func checkpoint(_ request: CheckpointContainer.Request, _ context: RPCContext) async throws {
        try world.call("shim.checkpoint")
        state.withLock { $0.checkpoints.append(request) }
        if request.ends { exit(137) }
    }

    func listCheckpoints(_ request: ListCheckpoints.Request, _ context: RPCContext) async throws -> ListCheckpoints.Response {
        try world.call("shim.checkpoints.list")
        return ListCheckpoints.Response(names: world.checkpoints)
    }

    func removeCheckpoint(_ request: RemoveCheckpoint.Request, _ context: RPCContext) async throws {
        try world.call("shim.checkpoints.remove")
    }

    func pause(_ context: RPCContext) async throws {
        try world.call("shim.pause")
        send(.paused)
    }

    func resume(_ context: RPCContext) async throws {
        try world.call("shim.resume")
        send(.resumed)
    }

    func resize(_ request: ResizeTerminal.Request, _ context: RPCContext) async throws {
        try world.call("shim.resize")
    }

    func attach(_ request: AttachContainer.Request, descriptor: Int32, _ context: RPCContext) async throws -> AttachContainer.Response {
        try world.call("shim.attach")
        state.withLock { state in
            if !state.losesClient { state.attached += 1 }
            state.losesClient = false
            state.joined += 1
        }
        await withCheckedContinuation { continuation in state.withLock { $0.attachEnd.append(continuation) } }
        return AttachContainer.Response(detached: false)
    }

    /// Another client leaves as the next one joins.
    func loseClientAtNextJoin() { state.withLock { $0.losesClient = true } }

    func endAttachments() {
        let ends = state.withLock { state in
            defer { state.attachEnd = [] }
            return state.attachEnd
        }
        for end in ends { end.resume() }
    }

    /// An exec ends, and nobody is told.
    func endExecUntold(_ id: String, exitCode: Int32) {
        state.withLock { $0.execCodes[id] = exitCode }
    }

    func startExec(_ request: StartExec.Request, descriptor: Int32?, _ context: RPCContext) async throws -> ExecState {
        try world.call("shim.startExec")
        state.withLock { $0.execs.append(request.execID) }
        return ExecState(execID: request.execID, pid: 77, running: true)
    }

    func stats(_ context: RPCContext) async throws -> StatsSample {
        try world.call("shim.stats")
        return state.withLock { state in
            state.samples += 1
            var sample = StatsSample(time: Int64(state.samples) * 1_000_000_000, cgroupVersion: 2)
            sample.cpu.total = UInt64(state.samples)
            return sample
        }
    }

    func update(_ request: UpdateContainer.Request, _ context: RPCContext) async throws {
        try world.call("shim.update")
        state.withLock { $0.updates.append(request) }
    }

    func processes(_ context: RPCContext) async throws -> [Int32] { [Self.pid] }

    func noteCalls(_ notes: Bool, _ context: RPCContext) async throws { try world.call("shim.notes.\(notes)") }

    func release(removesContainerDirectory: Bool, _ context: RPCContext) async throws {
        try world.call("shim.release")
        let (id, watchers) = state.withLock { ($0.id, $0.watchers) }
        world.with { world in
            world.shims[id] = nil
            if removesContainerDirectory { world.directories.remove(id) }
        }
        for watcher in watchers { watcher.finish() }
    }

    func kill(_ request: KillShim.Request, _ context: RPCContext) async throws {
        try world.call("shim.kill")
        guard let other = world.with({ $0.shims[request.containerID] }) else { throw RPCError(.notFound, "no shim") }
        other.die(leaving: nil)
    }

    func recover(_ request: RecoverContainer.Request, _ context: RPCContext) async throws -> ExitRecord? {
        try world.call("shim.recover")
        return world.with { world in
            world.shims[request.containerID] = nil
            if request.removesContainerDirectory { world.directories.remove(request.containerID) }
            return world.exitRecords[request.containerID]
        }
    }

    func close() async {}
}
