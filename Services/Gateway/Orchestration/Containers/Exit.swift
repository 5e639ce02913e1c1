// What happens when a container has ended.
import Contracts
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

/// Records the exit, wakes the waiters, frees the network, lets the shim go, removes the container if it is to be removed.
struct ExitSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer

    /// Does nothing when the exit is known already.
    func run(_ exit: ExitRecord) async {
        // Not cancelled with the watch: an exit that was begun is seen through.
        try? await uncancelled { try await live.gate.enter { await handle(exit) } }
        live.forcedEnd = nil
    }

    private func handle(_ exit: ExitRecord) async {
        guard let before = engine.store[live.id], before.state.isActive else { return }
        let endpoints = before.state.sandbox?.endpoints ?? []
        await live.signals.settle(within: LiveContainer.patience)
        let ended = live.ends.during { () -> ContainerRecord? in
            guard let record = engine.store.update(live.id, { $0.exit(exit) }) else { return nil }
            // One that waited for its restart has been told to have ended.
            if before.state.process != nil { engine.tellEnd(record, exit, wasToldOfMemory: before.state.outOfMemory) }
            return record
        }
        guard let record = ended else { return }
        engine.endExecs(of: live.id)
        // Waiters don't wait for the clean-up; until the shim is released its record of the exit is on disk.
        live.exit(ExitOutcome(exitCode: exit.exitCode))
        FaultPoint.reach("gateway.exit.recorded")

        let removes = record.hostConfig.autoRemove && !live.isRestarting && claimRemoval()
        engine.tellNetworks("disconnect", record, endpoints)
        engine.tellVolumes("unmount", record)
        guard !removes else { return await RemoveSequence(engine: engine, live: live).finishByItself() }
        async let network: Void = removeSandbox()
        async let volumes: Void = unmountVolumes(of: record)
        await acknowledge()
        _ = await (network, volumes)
        FaultPoint.reach("gateway.exit.network")
    }

    /// What can't be freed now is freed when the network service is back, or at the next start.
    private func removeSandbox() async {
        do {
            try await engine.actions.time(.network, "release") {
                try await engine.network.removeSandbox(container: live.id, keepsFiles: true, .fresh(timeout: .seconds(10)))
            }
        } catch {
            engine.logger.warning("A container's network could not be freed", metadata: ["container": "\(live.id)", "error": "\(error)"])
            engine.freeNetworkLater(live.id)
        }
    }

    /// What stays mounted now is unmounted at the next end, removal or start of the gateway.
    private func unmountVolumes(of record: ContainerRecord) async {
        do {
            try await engine.unmountVolumes(of: record)
        } catch {
            engine.logger.warning("Volumes could not be unmounted", metadata: ["container": "\(live.id)", "error": "\(error)"])
        }
    }

    /// The shim's record of the exit may go only when the gateway's own is on disk.
    private func acknowledge() async {
        do {
            // Written once more if need be: whether it is there is told to no other.
            try await engine.store.updateDurably(live.id) { _ in }
        } catch {
            return engine.logger.error("An exit could not be recorded", metadata: ["container": "\(live.id)", "error": "\(error)"])
        }
        FaultPoint.reach("gateway.exit.durable")
        await engine.releaseShim(live)
        FaultPoint.reach("gateway.exit.released")
    }

    /// False when somebody is removing it already; then the removal is theirs.
    private func claimRemoval() -> Bool {
        (try? live.beginRemoval()) != nil
    }
}
