// Checkpoints: an experimental feature of dockerd, there when experiments are on and refused as by dockerd when they are off.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct CheckpointRoutes: Sendable {
    /// nil when experiments are off.
    let backend: (any CheckpointBackend)?

    var routes: [Route] {
        [
            .get("/containers/{name}/checkpoints", list), .post("/containers/{name}/checkpoints", create),
            .delete("/containers/{name}/checkpoints/{checkpoint}", remove),
        ]
    }

    private func requireBackend() throws -> any CheckpointBackend {
        guard let backend else {
            throw RPCError(
                .notImplemented,
                "This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.")
        }
        return backend
    }

    @Sendable private func create(_ request: EngineRequest) async throws -> Response {
        let backend = try requireBackend()
        let body = try await request.json(CheckpointCreateRequest.self)
        let options = CheckpointOptions(
            name: body.checkpointID, directory: body.checkpointDir.isEmpty ? nil : body.checkpointDir, exits: body.exit)
        try await backend.createCheckpoint(of: request.parameter("name"), options, context: request.context)
        return .empty(.created)
    }

    @Sendable private func list(_ request: EngineRequest) async throws -> Response {
        let names = try await requireBackend().checkpoints(
            of: request.parameter("name"), in: request.query.text("dir"), context: request.context)
        return .json(names.map { CheckpointSummary(name: $0) })
    }

    @Sendable private func remove(_ request: EngineRequest) async throws -> Response {
        try await requireBackend().removeCheckpoint(
            request.parameter("checkpoint"), of: request.parameter("name"), in: request.query.text("dir"), context: request.context)
        return .empty(.noContent)
    }

    /// A start that names a checkpoint. False for one that doesn't.
    func start(_ request: EngineRequest) async throws -> Bool {
        let checkpoint = request.query.text("checkpoint")
        guard checkpoint == nil || backend != nil else {
            throw RPCError(.invalidParameter, "checkpoint is only supported in experimental mode")
        }
        guard request.query.text("checkpoint-dir") == nil else {
            throw RPCError(.forbidden, "custom checkpointdir is not supported")
        }
        guard let backend, let checkpoint else { return false }
        try await backend.start(request.parameter("name"), from: checkpoint, context: request.context)
        return true
    }
}
