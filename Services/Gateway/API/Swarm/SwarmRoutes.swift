// Swarm: every route of it, answered as by a node that is in no swarm.
import HTTPTypes
import HummingbirdCore
import RPC

enum SwarmRoutes {
    /// Clients know this node for no manager by the status and the words.
    static let notManager =
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."

    static var routes: [Route] {
        [
            .get("/swarm", refuse), .post("/swarm/update", refuse), .get("/swarm/unlockkey", refuse), .post("/swarm/unlock", refuse),
            .post("/swarm/init", unsupported), .post("/swarm/join", unsupported),
            .post("/swarm/leave") { _ in throw RPCError(.unavailable, "This node is not part of a swarm") },
            .put("/volumes/{name}", refuse),
            .get("/nodes", refuse), .get("/nodes/{id}", refuse), .delete("/nodes/{id}", refuse), .post("/nodes/{id}/update", refuse),
            .get("/tasks", refuse), .get("/tasks/{id}", refuse), .get("/tasks/{id}/logs", refuse),
            .get("/services/{id}/logs", refuse),
        ] + ["services", "secrets", "configs"].flatMap(collection)
    }

    private static func collection(_ noun: String) -> [Route] {
        [
            .get("/\(noun)", refuse), .post("/\(noun)/create", refuse), .get("/\(noun)/{id}", refuse), .delete("/\(noun)/{id}", refuse),
            .post("/\(noun)/{id}/update", refuse),
        ]
    }

    private static let refuse: RouteHandler = { _ in throw RPCError(.unavailable, notManager) }

    private static let unsupported: RouteHandler = { _ in
        throw RPCError(.notImplemented, "swarm mode is not supported by this engine")
    }
}
