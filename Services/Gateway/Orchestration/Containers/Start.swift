// Start: from a record to a running process.
import Contracts
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

/// Runs a container: gate, then network and shim at the same time, then the process itself.
struct StartSequence: Sendable {
    /// How long a shim may take to start a container; a restored one may take longer.
    private static let patience = Duration.seconds(120)

    let engine: ContainerEngine
    let live: LiveContainer
    let context: RPCContext
    /// The container's processes go on from there; nil begins with its command.
    var checkpoint: String?
    /// The container as its user named it.
    var reference = ""

    /// Errors: notModified when it runs; conflict when it is paused or going; `invalidParameter` when the command can't be run.
    func run() async throws {
        try await live.whileStarting { try await runGated() }
    }

    /// The caller holds the gate, by `whileStarting`.
    func runGated() async throws {
        let record = try checkState()
        do {
            try await StepSequence.run(spans: live.spans, logger: engine.logger) { try await start(record, $0) }
        } catch {
            throw await fail(record, error)
        }
    }

    private func checkState() throws(RPCError) -> ContainerRecord {
        let record = try engine.current(live)
        switch record.state.phase {
        case .paused: throw RPCError(.conflict, "cannot start a paused container, try unpause instead")
        case .running, .restarting: throw RPCError(.notModified, "container \(record.id) is already running")
        case .removing, .dead: throw RPCError(.conflict, "container is marked for removal and cannot be started")
        case .created, .exited: break
        }
        guard !live.isRemoving else { throw RPCError(.conflict, "container is marked for removal and cannot be started") }
        return record
    }

    private func start(_ record: ContainerRecord, _ sequence: StepSequence) async throws {
        let (engine, live) = (engine, live)
        let links = try LinkedContainers(of: record) { engine.store[$0] }
        let devices = try engine.deviceEdits(of: record, isRestored: checkpoint != nil)
        async let adoption = sequence.step("gateway.start.adopt", in: .shim, undo: { await engine.releaseShim(live) }) {
            try await engine.adopt(record, live, context)
        }
        async let network = sequence.step("gateway.start.network", in: .network, undo: { try await removeSandbox() }) {
            var request = SandboxRequestBuilder(record: record, resolve: engine.containerID).request()
            request.links = links.hosts
            let wanted = request
            return try await engine.namingPortOwners(context) {
                try await engine.actions.time(.network, "allocate") { try await engine.network.createSandbox(wanted, context) }
            }
        }
        async let volumes: Void = mountVolumes(of: record, sequence)
        let namespaces = try engine.namespaces(of: record)
        let (shim, sandbox, _) = try await (adoption, network, volumes)

        var builder = SpecificationBuilder(record: record, cgroupParent: engine.configuration.cgroupParent)
        builder.linked = links.environment
        builder.seccomp = engine.seccomp
        builder.requested = devices
        var own = namespaces
        own.network = sandbox.namespacePath.isEmpty ? .host : .path(sandbox.namespacePath)
        let specification = try builder.specification(in: sandbox, namespaces: own)
        let supervision = SupervisionBuilder(record: record, stopTimeout: engine.configuration.containers.stopTimeout)
        let request = StartContainer.Request(spec: specification, supervision: try supervision.supervision())
        let process = try await sequence.step("gateway.start.run", in: .shim) { try await run(request, shim) }
        note(process, sandbox)
        FaultPoint.reach("gateway.start.recorded")
        engine.watch(live, shim)
    }

    private func run(_ request: StartContainer.Request, _ shim: any ShimConnection) async throws -> RunningContainer {
        guard let checkpoint else { return try await startInTime(request, shim) }
        do {
            return try await shim.restore(.init(request, checkpoint: checkpoint, criu: engine.configuration.criu), context)
        } catch let error as RPCError where error.details["step"] == "missing" {
            throw RPCError(error.code, "\(error.message) \(reference)")
        }
    }

    /// A shim that hangs in the kernel, as over a bind from a file server that is gone, would keep the container to itself.
    private func startInTime(_ request: StartContainer.Request, _ shim: any ShimConnection) async throws -> RunningContainer {
        var context = context
        context.timeoutNanoseconds = min(context.timeoutNanoseconds ?? .max, Self.patience.clampedNanoseconds)
        do {
            return try await shim.start(request, context)
        } catch let error as RPCError where error.code == .deadlineExceeded {
            do {
                try await ForcedEnd(engine: engine, live: live).runForStart(EndRequest(.stop))
            } catch {
                // Nobody asks it for anything any more: it wouldn't answer that either.
                await live.takeShim()?.close()
                throw error
            }
            _ = try? await Recovery(engine: engine).recover(live.id, removesDirectory: false)
            throw RPCError(
                .deadlineExceeded,
                "the container's shim did not start it in \(Self.patience.components.seconds) s, and was killed; a file system that is "
                    + "mounted into the container may not answer")
        }
    }

    private func mountVolumes(of record: ContainerRecord, _ sequence: StepSequence) async throws {
        guard !record.definition.volumesToMount.isEmpty else { return }
        try await sequence.step("gateway.start.volumes", in: .images, undo: { try await engine.unmountVolumes(of: record) }) {
            try await engine.mountVolumes(of: record, context)
        }
    }

    private func removeSandbox() async throws {
        try await engine.network.removeSandbox(container: live.id, keepsFiles: true, .fresh())
    }

    /// Records the start. The disk isn't waited for: after a crash the shim itself tells that the container runs.
    private func note(_ process: RunningContainer, _ sandbox: SandboxRecord) {
        let isChecked = engine.store[live.id]?.isChecked ?? false
        guard let record = engine.store.update(live.id, { $0.start(process, in: sandbox, isChecked: isChecked) }) else { return }
        engine.tellNetworks("connect", record, sandbox.endpoints)
        engine.tellVolumes("mount", record)
        engine.tell("start", record)
        engine.tellDependents(of: live.id)
    }

    private func fail(_ record: ContainerRecord, _ error: any Error) async -> RPCError {
        let failure = StartFailure(container: error, command: record.definition.path)
        engine.store.update(live.id) { $0.failToStart(exitCode: failure.exitCode, error: failure.error.message) }
        engine.logger.info(
            "A container could not be started", metadata: ["container": "\(record.id)", "error": "\(failure.error.message)"])
        if record.hostConfig.autoRemove { await removeAfterFailure() }
        return failure.error
    }

    private func removeAfterFailure() async {
        do {
            try live.beginRemoval()
        } catch {
            // Somebody else is removing it.
            return
        }
        await RemoveSequence(engine: engine, live: live).finishByItself()
    }
}

extension ContainerEngine {
    /// The ID of a container that another one's links name; nil when there is none.
    func containerID(_ reference: String) -> String? { try? store.find(reference).id }

    /// Which namespaces a container shares; the network's comes from its sandbox. Errors: conflict when a donor doesn't run.
    func namespaces(of record: ContainerRecord) throws(RPCError) -> NamespaceSpec {
        let hostConfig = record.hostConfig
        return NamespaceSpec(
            pid: try namespace(hostConfig.pidMode, "pid"), ipc: try interprocess(hostConfig.ipcMode),
            uts: hostConfig.utsMode == "host" ? .host : .own, cgroup: hostConfig.cgroupnsMode == "host" ? .host : .own)
    }

    /// The IPC namespace that a mode asks for; another container's only if that one shares it. Errors: as `namespace`; `invalidParameter`
    /// when the donor keeps its own to itself.
    private func interprocess(_ mode: String) throws(RPCError) -> NamespaceSpec.Mode {
        if mode.hasPrefix(Self.containerPrefix) {
            let donor = try store.find(String(mode.dropFirst(Self.containerPrefix.count)))
            guard !["", "private", "none"].contains(donor.hostConfig.ipcMode) else {
                throw RPCError(
                    .invalidParameter,
                    "can't join IPC of container \(donor.id): non-shareable IPC (hint: use IpcMode:shareable for the donor container)")
            }
        }
        return try namespace(mode, "ipc")
    }

    static let containerPrefix = "container:"

    private func namespace(_ mode: String, _ kind: String) throws(RPCError) -> NamespaceSpec.Mode {
        if mode == "host" { return .host }
        guard mode.hasPrefix(Self.containerPrefix) else { return .own }
        let donor = try store.find(String(mode.dropFirst(Self.containerPrefix.count)))
        guard let process = donor.state.process else {
            throw RPCError(.conflict, "failed to join \(kind.uppercased()) namespace: container \(donor.id) is not running")
        }
        return .path("/proc/\(process.pid)/ns/\(kind)")
    }
}
