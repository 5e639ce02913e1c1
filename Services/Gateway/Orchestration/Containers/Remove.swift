// Remove: nothing is left of a container, or it is dead and can be removed again.
import Contracts
import GatewayBackends
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

/// Removes a container.
struct RemoveSequence: Sendable {
    /// How long a killed container may take to end.
    private static let patience = Duration.seconds(12)

    let engine: ContainerEngine
    let live: LiveContainer

    /// Errors: conflict when it runs and isn't forced, or is being removed already.
    func run(_ options: RemoveOptions) async throws {
        try live.beginRemoval()
        do {
            do {
                try await endIfRunning(force: options.force)
            } catch {
                live.abandonRemoval()
                throw error
            }
            try await live.gate.enter { try await finish(removesVolumes: options.volumes) }
        } catch {
            throw wrapped(error)
        }
    }

    private func wrapped(_ error: any Error) -> RPCError {
        guard let failure = error as? RPCError else { return RPCError(.internalError, "\(error)") }
        guard failure.code != .notFound, let name = engine.store[live.id]?.name else { return failure }
        return RPCError(failure.code, "cannot remove container \"/\(name)\": \(failure.message)", details: failure.details)
    }

    private func endIfRunning(force: Bool) async throws {
        let record = force ? try await afterStart() : try engine.current(live)
        guard record.state.isActive else { return }
        guard force else {
            throw RPCError(
                .conflict,
                record.state.isPaused
                    ? "container is paused and must be unpaused first"
                    : "container is \(record.state.status): stop the container before removing or force remove")
        }
        try await engine.signalUnlessEnded(live, SignalName.kill, end: EndRequest(.remove), .fresh(timeout: Self.patience))
        FaultPoint.reach("gateway.remove.killed")
        guard try await engine.hasEnded(live, within: Self.patience) else {
            throw RPCError(
                .internalError, "could not kill container: tried to kill container, but did not receive an exit event")
        }
    }

    /// A start under way is waited for, after which there is no other; one that hangs is ended with its shim.
    private func afterStart() async throws -> ContainerRecord {
        do {
            return try await engine.currentAfterStart(live, within: Self.patience)
        } catch let error as RPCError where error.code == .deadlineExceeded {
            try await ForcedEnd(engine: engine, live: live).runForStart(EndRequest(.remove))
            return try await engine.currentAfterStart(live, within: Self.patience)
        }
    }

    /// The part after the container's end. The caller holds the gate and has begun the removal.
    func finish(removesVolumes: Bool) async throws {
        let record = try engine.current(live)
        guard !record.state.isActive else {
            live.abandonRemoval()
            throw RPCError(.conflict, "container is \(record.state.status): stop the container before removing or force remove")
        }
        do {
            try await takeApart(record, removesVolumes: removesVolumes)
        } catch {
            engine.store.update(live.id) { $0.failRemoval("\(error)") }
            let words = (error as? RPCError)?.message ?? "\(error)"
            live.failRemoval(ExitOutcome(exitCode: record.state.exitCode, error: words))
            throw error
        }
        engine.store.remove(live.id)
        FaultPoint.reach("gateway.remove.forgotten")
        engine.tell("destroy", record)
        live.removal.resolve(ExitOutcome(exitCode: record.state.exitCode))
        engine.live.remove(live.id)
        engine.execs.remove(of: live.id)
    }

    /// Takes the container apart. After a crash past the durable mark, the next start does the rest.
    private func takeApart(_ record: ContainerRecord, removesVolumes: Bool) async throws {
        let hasFiles = record.state.hasFiles
        async let network: Void = removeSandbox(record)
        try await engine.store.updateDurably(live.id) { state in
            state.beginRemoval()
            state.removesVolumes = removesVolumes
        }
        FaultPoint.reach("gateway.remove.marked")
        async let files: Void = removeFiles(hasFiles)
        async let snapshot: Void = engine.images.removeSnapshot(container: live.id, .fresh())
        _ = try await (network, files, snapshot)
        await removeVolumes(record, removesVolumes)
        FaultPoint.reach("gateway.remove.cleaned")
    }

    /// A volume that can't be removed now is left to a prune: the container goes all the same.
    private func removeVolumes(_ record: ContainerRecord, _ removesVolumes: Bool) async {
        do {
            try await engine.unmountVolumes(of: record)
            if removesVolumes { try await engine.removeAnonymousVolumes(of: record) }
        } catch {
            engine.logger.warning("A container's volumes could not be removed", metadata: ["container": "\(live.id)", "error": "\(error)"])
        }
    }

    /// A start that failed may have left files there, too.
    private func removeSandbox(_ record: ContainerRecord) async throws {
        guard record.state.sandbox != nil || record.state.hasFiles else { return }
        try await engine.network.removeSandbox(container: live.id, keepsFiles: false, .fresh())
    }

    /// Log and exit record are a shim's; one that isn't there any more is replaced for this.
    private func removeFiles(_ hasFiles: Bool) async throws {
        guard live.shim == nil else { return await engine.releaseShim(live, removesDirectory: true) }
        guard hasFiles else { return }
        _ = try await Recovery(engine: engine).recover(live.id, removesDirectory: true)
    }
}

// MARK: Removals that nobody waits for

extension RemoveSequence {
    /// As `finish`, of a container that is removed after its end: what may pass is tried again later.
    func finishByItself() async {
        do {
            try await finish(removesVolumes: true)
        } catch {
            engine.logger.warning("A container could not be removed", metadata: ["container": "\(live.id)", "error": "\(error)"])
            engine.removeLater(live.id, after: error)
        }
    }

    /// What is left of a removal that failed, or was never begun, of a container that is removed after its end.
    fileprivate func runAgain() async throws {
        try live.beginRemoval()
        try await live.gate.enter { try await finish(removesVolumes: true) }
    }

    /// A service that isn't there comes back.
    fileprivate static func mayPass(_ error: any Error) -> Bool {
        (error as? RPCError).map { [.unavailable, .deadlineExceeded].contains($0.code) } ?? false
    }
}

extension ContainerEngine {
    /// Removes a container that should have gone after its end, unless it runs, or somebody else is removing it.
    func removeOwed(_ id: String) async throws {
        guard let record = store[id], record.hostConfig.autoRemove, !live[id].isRestarting else { return }
        guard record.state.phase == .exited || record.state.phase == .dead else { return }
        try await RemoveSequence(engine: self, live: live[id]).runAgain()
    }

    /// Tries that again for as long as a service isn't there. Does nothing after an error that won't pass.
    func removeLater(_ id: String, after error: any Error) {
        guard RemoveSequence.mayPass(error), store[id]?.hostConfig.autoRemove == true else { return }
        tasks.retry {
            do {
                try await self.removeOwed(id)
            } catch  where !RemoveSequence.mayPass(error) {
                self.logger.warning("A container could not be removed", metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
    }
}
