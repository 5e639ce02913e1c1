// What the engine does when it starts: it makes its records and the world agree.
import Contracts
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

/// Converges with what happened while no gateway was there, or when the last one was killed half-way.
struct Recovery: Sendable {
    /// Containers looked after at the same time.
    private static let width = 16
    private static let lostExitCode: Int32 = 255
    /// Between attempts to reach a shim that doesn't answer.
    private static let pause = Duration.seconds(3)
    /// How long a shim is asked: its container's end is told only after, and requests for the container wait.
    private static let patience = Duration.seconds(10)

    let engine: ContainerEngine

    /// Every container first, then what belongs to none.
    func run() async {
        let before = engine.store.all
        await forEach(before) { await converge($0) }
        await removeOrphans()
        // Those that were started again in place meanwhile, too.
        engine.tellDependents()
        Revival(engine: engine).run(before)
    }

    private func forEach<Item: Sendable>(_ items: [Item], _ body: @escaping @Sendable (Item) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, item) in items.enumerated() {
                if index >= Self.width { await group.next() }
                group.addTask { await body(item) }
            }
        }
    }

    // MARK: Containers

    /// Requests are served already: a container that they have started or ended since isn't looked after any more.
    private func converge(_ before: ContainerRecord) async {
        guard let record = engine.store[before.id], Self.isAsBefore(record, before) else { return }
        let live = engine.live[record.id]
        do {
            switch record.state.phase {
            case .running, .paused, .restarting: try await follow(record, live)
            case .created, .exited:
                try await settle(record, live)
                try await engine.removeOwed(record.id)
            case .removing: try await finishRemoval(live)
            case .dead: try await engine.removeOwed(record.id)
            }
        } catch {
            engine.logger.warning("A container could not be recovered", metadata: ["container": "\(record.id)", "error": "\(error)"])
            engine.removeLater(record.id, after: error)
        }
    }

    private static func isAsBefore(_ record: ContainerRecord, _ before: ContainerRecord) -> Bool {
        record.state.isActive == before.state.isActive && record.state.startedAt == before.state.startedAt
    }

    /// Follows a container that ran. It runs still, or has ended meanwhile, which its shim or its exit record tells.
    private func follow(_ record: ContainerRecord, _ live: LiveContainer) async throws {
        guard let shim = try? await engine.shims.reach(record.id) else {
            do {
                return await ExitSequence(engine: engine, live: live).run(try await recoveredExit(of: record.id))
            } catch let error as RPCError where error.code == .conflict {
                return followLater(record)
            } catch {
                return await ExitSequence(engine: engine, live: live).run(uncleanExit(of: record.id, error))
            }
        }
        await follow(record, live, shim)
    }

    /// Its shim is there and doesn't answer. Whatever it is asked meanwhile has deadlines of its own.
    private func followLater(_ record: ContainerRecord) {
        engine.logger.warning("A shim doesn't answer", metadata: ["container": "\(record.id)"])
        engine.tasks.start {
            try? await Task.sleep(for: Self.pause)
            guard !Task.isCancelled else { return }
            await converge(record)
        }
    }

    /// Whatever else of it fails, its end isn't missed.
    private func follow(_ record: ContainerRecord, _ live: LiveContainer, _ shim: any ShimConnection) async {
        live.shim = shim
        engine.tellLogLevel(to: shim, of: record.id)
        await findExecs(record.id, shim)
        engine.watch(live, shim)
        if record.state.isChanging == true { await engine.tellAgain(live) }
        if record.state.isPausedForCommit == true { await engine.resumeAfterCommit(live) }
    }

    /// Their clients' sessions have gone on, and ask for their ends.
    private func findExecs(_ id: String, _ shim: any ShimConnection) async {
        do {
            for state in try await shim.inspect(.fresh(timeout: Self.patience)).execs {
                if let exec = ExecRecord(state, of: id) { engine.execs.insert(exec) }
            }
        } catch {
            engine.logger.warning("A container's execs could not be found", metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }

    /// Settles a container that didn't run, as far as is known. If a start was under way it may run now; a shim that is left over is let
    /// go.
    ///
    /// The record of a start doesn't wait for the disk, so there may be files, and even a process, that the record lacks.
    private func settle(_ before: ContainerRecord, _ live: LiveContainer) async throws {
        let exit = try await live.whileStarting { () async throws -> ExitRecord? in
            guard let record = engine.store[live.id], Self.isAsBefore(record, before), live.shim == nil else { return nil }
            if !record.state.hasFiles { engine.store.update(record.id) { $0.hasFiles = true } }
            guard let shim = try? await engine.shims.reach(record.id) else { return nil }
            return try await settle(record, live, shim)
        }
        if let exit { await ExitSequence(engine: engine, live: live).run(exit) }
    }

    /// Returns how it ended when that isn't on record yet. The caller holds the gate.
    private func settle(_ record: ContainerRecord, _ live: LiveContainer, _ shim: any ShimConnection) async throws -> ExitRecord? {
        live.shim = shim
        switch try await shim.inspect(.fresh(timeout: Self.patience)).phase {
        case .prepared:
            break
        case .running(let process), .paused(let process):
            try await resumeStart(record, live, shim, process)
        case .restarting(let exit):
            try await resumeStart(record, live, shim, RunningContainer(pid: 0, startedAt: exit.startedAt))
        case .exited(let exit) where exit.finishedAt != record.state.finishedAt:
            let process = RunningContainer(pid: 0, startedAt: exit.startedAt)
            engine.store.update(record.id) { $0.start(process, in: record.state.sandbox, isChecked: record.isChecked) }
            return exit
        case .exited:
            await engine.releaseShim(live)
        }
        return nil
    }

    /// The gateway ended between the process's start and its record of it.
    private func resumeStart(
        _ record: ContainerRecord, _ live: LiveContainer, _ shim: any ShimConnection, _ process: RunningContainer
    ) async throws {
        let sandbox = try await engine.network.listSandboxes(.fresh()).first { $0.containerID == record.id }
        let started = engine.store.update(record.id) { $0.start(process, in: sandbox, isChecked: record.isChecked) }
        if let started { engine.tell("start", started) }
        engine.watch(live, shim)
    }

    private func finishRemoval(_ live: LiveContainer) async throws {
        let removesVolumes = engine.store[live.id]?.state.removesVolumes ?? false
        try live.beginRemoval()
        live.shim = try? await engine.shims.reach(live.id)
        try await live.gate.enter { try await RemoveSequence(engine: engine, live: live).finish(removesVolumes: removesVolumes) }
    }

    // MARK: Lost shims

    /// How a container without a shim ended: as its exit record says, or unknown.
    func exitRecord(of id: String) async -> ExitRecord {
        do { return try await recoveredExit(of: id) } catch { return uncleanExit(of: id, error) }
    }

    /// The same. Errors: conflict when it has a shim after all.
    private func recoveredExit(of id: String) async throws -> ExitRecord {
        if let exit = try await recover(id, removesDirectory: false) { return exit }
        let (startedAt, now) = (startedAt(of: id), WallClock.now())
        if let end = engine.live[id].forcedEnd { return ForcedEnd.record(end, startedAt: startedAt, finishedAt: now) }
        return ExitRecord(
            exitCode: Self.lostExitCode, startedAt: startedAt, finishedAt: now,
            message: "the container's shim was lost, and with it how the container ended")
    }

    private func uncleanExit(of id: String, _ error: any Error) -> ExitRecord {
        ExitRecord(
            exitCode: Self.lostExitCode, startedAt: startedAt(of: id), finishedAt: WallClock.now(),
            message: "the container's shim was lost, and what is left of it could not be cleaned up: \(error)")
    }

    private func startedAt(of id: String) -> Int64 { engine.store[id]?.state.startedAt ?? WallClock.now() }

    /// Has a fresh shim clean up after a lost one.
    func recover(_ id: String, removesDirectory: Bool) async throws -> ExitRecord? {
        let request = RecoverContainer.Request(
            containerID: id, root: engine.layout.root, run: engine.layout.run,
            cgroupParent: engine.cgroupParent(of: id), removesContainerDirectory: removesDirectory)
        do {
            return try await recoverOnce(request)
        } catch let error as RPCError where error.code == .unavailable {
            // The warm shim had ended; a new one will do.
            return try await recoverOnce(request)
        }
    }

    private func recoverOnce(_ request: RecoverContainer.Request) async throws -> ExitRecord? {
        let shim = try await engine.shims.fresh()
        do {
            let exit = try await shim.recover(request, .fresh())
            await shim.close()
            return exit
        } catch {
            await shim.close()
            throw error
        }
    }

    // MARK: Orphans

    /// Snapshots and sandboxes without a container, and networks of containers that don't run.
    private func removeOrphans() async {
        do {
            for snapshot in try await engine.images.listSnapshots(.fresh()) where isUnknown(snapshot.containerID) {
                engine.logger.info("Removing a writable layer without a container", metadata: ["container": "\(snapshot.containerID)"])
                try await engine.images.removeSnapshot(container: snapshot.containerID, .fresh())
            }
        } catch {
            engine.logger.warning("Writable layers could not be checked", metadata: ["error": "\(error)"])
        }
        await unmountVolumes()
        await freeNetworks()
        await removeUnfinished()
    }

    /// Volumes that were made for containers that never came to be.
    private func removeUnfinished() async {
        for (id, volumes) in engine.store.intentions where isUnknown(id) {
            do {
                for name in volumes { try await engine.removeVolumeIfAny(name) }
                engine.store.giveUp(id)
            } catch {
                engine.logger.warning(
                    "Volumes of an unfinished container could not be removed", metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
    }

    /// Volumes that are still mounted for containers that don't run.
    private func unmountVolumes() async {
        do {
            for id in try await engine.images.listVolumeMounts(.fresh()) where engine.store[id]?.state.isActive != true {
                if isUnknown(id) {
                    try await engine.images.unmountVolumes(container: id, .fresh())
                    continue
                }
                try await engine.live[id].gate.enter {
                    guard engine.store[id]?.state.isActive != true else { return }
                    try await engine.images.unmountVolumes(container: id, .fresh())
                }
            }
        } catch {
            engine.logger.warning("Mounts of volumes could not be checked", metadata: ["error": "\(error)"])
        }
    }

    /// A create under way counts as known: its name is reserved before its layer is made.
    /// One whose record can't be read isn't touched.
    private func isUnknown(_ id: String) -> Bool {
        engine.store[id] == nil && !engine.live.contains(id) && !engine.store.unreadable.contains { $0.id == id }
    }

    /// Frees what containers that don't run, or don't exist, still hold of the network.
    func freeNetworks() async {
        do {
            for sandbox in try await engine.network.listSandboxes(.fresh()) { try await free(sandbox) }
        } catch {
            engine.logger.warning("Networks of containers could not be checked", metadata: ["error": "\(error)"])
        }
    }

    private func free(_ sandbox: SandboxRecord) async throws {
        let id = sandbox.containerID
        if isUnknown(id) {
            return try await engine.network.removeSandbox(container: id, keepsFiles: false, .fresh())
        }
        guard !sandbox.namespacePath.isEmpty || !sandbox.endpoints.isEmpty else { return }
        let live = engine.live[id]
        try await live.gate.enter {
            guard let record = engine.store[id] else { return }
            guard !record.state.isActive else { return try await engine.convergeNetworks(record, sandbox) }
            try await engine.network.removeSandbox(container: id, keepsFiles: true, .fresh())
        }
    }
}

extension ContainerEngine {
    /// Tries again to free a container's network, for as long as it takes, unless the container is started again.
    func freeNetworkLater(_ id: String) {
        tasks.retry { try await self.freeNetwork(id) }
    }

    private func freeNetwork(_ id: String) async throws {
        try await live[id].gate.enter {
            guard let record = store[id], !record.state.isActive else { return }
            try await network.removeSandbox(container: id, keepsFiles: true, .fresh(timeout: .seconds(10)))
        }
    }
}
