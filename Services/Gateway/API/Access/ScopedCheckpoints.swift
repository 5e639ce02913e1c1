// Checkpoints at a scoped socket.
import GatewayBackends
import RPC
import ServiceKit

/// A directory of the host's is a host mount by another way.
struct ScopedCheckpoints: CheckpointBackend {
    let access: AccessGuard
    let inner: any CheckpointBackend

    func createCheckpoint(of id: String, _ checkpoint: CheckpointOptions, context: RPCContext) async throws {
        try check(checkpoint.directory)
        try await inner.createCheckpoint(of: try await access.id(id, context), checkpoint, context: context)
    }

    func checkpoints(of id: String, in directory: String?, context: RPCContext) async throws -> [String] {
        try check(directory)
        return try await inner.checkpoints(of: try await access.id(id, context), in: directory, context: context)
    }

    func removeCheckpoint(_ name: String, of id: String, in directory: String?, context: RPCContext) async throws {
        try check(directory)
        try await inner.removeCheckpoint(name, of: try await access.id(id, context), in: directory, context: context)
    }

    func start(_ id: String, from checkpoint: String, context: RPCContext) async throws {
        try await inner.start(try await access.id(id, context), from: checkpoint, context: context)
    }

    private func check(_ directory: String?) throws {
        guard directory == nil || access.policy.socket.allowsHostMounts else { try access.policy.refuse("CheckpointDir") }
    }
}
