// Prune: every container that doesn't run, as far as the filters allow, is removed.
import Contracts
import GatewayBackends
import GatewayState
import Logging
import Models
import RPC

struct PruneSequence: Sendable {
    let engine: ContainerEngine
    let query: ContainerPruneQuery

    /// A container that can't be removed is left; one that was started meanwhile too. A client that leaves ends it.
    func run(_ context: RPCContext) async throws -> ContainersPruned {
        try await engine.containerPrune.run(orSay: "a prune operation is already running") {
            var removed: [String] = []
            var bytes: Int64 = 0
            for record in engine.store.all.filter(isWanted).sorted(by: { $0.definition.createdAt < $1.definition.createdAt }) {
                if Task.isCancelled { break }
                guard let freed = await remove(record, context) else { continue }
                removed.append(record.id)
                bytes = bytes.addingClamped(freed)
            }
            engine.tellPrune(.container, reclaimed: bytes)
            return ContainersPruned(containersDeleted: removed.isEmpty ? nil : removed, spaceReclaimed: bytes)
        }
    }

    private func isWanted(_ record: ContainerRecord) -> Bool {
        let labels = record.config.labels ?? [:]
        let filters = query.filters
        return !record.state.isActive && !engine.live[record.id].isRestarting
            && query.until.map { record.definition.createdAt <= $0 } ?? true && filters.allows(labels: labels)
            && (!filters.contains("label!") || !filters.allows(labels: labels, key: "label!"))
    }

    /// Bytes of its writable layer; nil when it is still there.
    private func remove(_ record: ContainerRecord, _ context: RPCContext) async -> Int64? {
        let size = try? await engine.images.measureSnapshot(container: record.id, context).writable
        let sequence = RemoveSequence(engine: engine, live: engine.live[record.id])
        do {
            try await uncancelled { try await sequence.run(RemoveOptions()) }
            return size ?? 0
        } catch {
            engine.logger.warning("prune left a container", metadata: ["container": "\(record.id)", "error": "\(error)"])
            return nil
        }
    }
}
