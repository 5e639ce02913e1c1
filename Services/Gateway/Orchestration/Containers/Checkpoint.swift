// Checkpoints of a container: the gateway finds it, its shim or a fresh one does the work.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import ServiceKit

extension ContainerEngine: CheckpointBackend {
    /// How long a container that was killed with its checkpoint may take to end.
    private static let patience = Duration.seconds(12)

    func createCheckpoint(of id: String, _ checkpoint: CheckpointOptions, context: RPCContext) async throws {
        let (record, live) = try find(id)
        guard record.state.process != nil else { throw RPCError(.conflict, "Container \(id) not running") }
        try CheckpointName.check(checkpoint.name)
        let request = CheckpointContainer.Request(
            checkpoint: checkpoint.name, directory: checkpoint.directory, ends: checkpoint.exits, criu: configuration.criu)
        let shim = try await shim(of: live)
        do {
            try await uncancelled { try await shim.checkpoint(request, context) }
        } catch let error as RPCError {
            throw Self.named(error, id)
        }
        tell("checkpoint", record)
        if checkpoint.exits { _ = try await hasEnded(live, within: Self.patience) }
    }

    func checkpoints(of id: String, in directory: String?, context: RPCContext) async throws -> [String] {
        let place = place(of: try find(id).record, directory)
        do {
            return try await withFreshShim { try await $0.listCheckpoints(.init(place), context).names }
        } catch let error as RPCError where error.details["step"] == "missing" {
            throw RPCError(.notFound, "checkpoint  does not exist for container \(id)")
        }
    }

    func removeCheckpoint(_ name: String, of id: String, in directory: String?, context: RPCContext) async throws {
        let place = place(of: try find(id).record, directory)
        do {
            try await withFreshShim { try await $0.removeCheckpoint(.init(name, in: place), context) }
        } catch let error as RPCError {
            throw Self.named(error, id)
        }
    }

    func start(_ id: String, from checkpoint: String, context: RPCContext) async throws {
        try CheckpointName.check(checkpoint)
        let sequence = StartSequence(engine: self, live: try find(id).live, context: context, checkpoint: checkpoint, reference: id)
        try await actions.time(.container, "start") { try await uncancelled { try await sequence.run() } }
    }

    /// dockerd's words, with the container as its user named it.
    static func named(_ error: RPCError, _ id: String) -> RPCError {
        var named = error
        switch (error.code, error.details["step"]) {
        case (_, "exists"): named.message = "cannot checkpoint container \(id): \(error.message) \(id)"
        case (_, "missing"): named.message = "\(error.message) \(id)"
        case (.internalError, _): named.message = "Cannot checkpoint container \(id): \(error.message)"
        default: break
        }
        return named
    }

    private func place(of record: ContainerRecord, _ directory: String?) -> CheckpointPlace {
        CheckpointPlace(
            containerID: record.id, root: layout.root, run: layout.run, directory: directory, labels: record.config.labels ?? [:])
    }

    /// The files are a shim's to touch, and any will do.
    private func withFreshShim<Result: Sendable>(_ body: (any ShimConnection) async throws -> Result) async throws -> Result {
        do {
            return try await withShim(try await shims.fresh(), body)
        } catch let error as RPCError where error.code == .unavailable {
            // The warm one had ended; a new one will do.
            return try await withShim(try await shims.fresh(), body)
        }
    }

    private func withShim<Result: Sendable>(
        _ shim: any ShimConnection, _ body: (any ShimConnection) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body(shim)
            await shim.close()
            return result
        } catch {
            await shim.close()
            throw error
        }
    }
}
