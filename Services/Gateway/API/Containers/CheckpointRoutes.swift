// Checkpoints: an experimental feature of dockerd, refused as dockerd refuses it when experiments are off.
import HummingbirdCore
import RPC

enum CheckpointRoutes {
    static var routes: [Route] {
        [
            .get("/containers/{name}/checkpoints", refuse), .post("/containers/{name}/checkpoints", refuse),
            .delete("/containers/{name}/checkpoints/{checkpoint}", refuse),
        ]
    }

    private static let refuse: RouteHandler = { _ in
        throw RPCError(
            .notImplemented,
            "This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.")
    }
}
