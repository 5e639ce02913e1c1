// The routes of the Engine API that this version doesn't have: each says so by name.
import HTTPTypes
import HummingbirdCore
import RPC

enum UnbuiltRoutes {
    static var routes: [Route] { swarm + plugins + missing.map(unbuilt) }

    /// `METHOD path`, as the API's specification has them.
    private static let missing = [
        "HEAD /containers/{name}/archive",
        "GET /containers/{name}/archive",
        "PUT /containers/{name}/archive",
        "GET /containers/{name}/export",
        "GET /containers/{name}/changes",
        "GET /containers/{name}/stats",
        "GET /containers/{name}/attach/ws",
        "POST /containers/{name}/update",
        "POST /containers/prune",
        "GET /containers/{name}/checkpoints",
        "POST /containers/{name}/checkpoints",
        "DELETE /containers/{name}/checkpoints/{checkpoint}",
        "GET /images/search",
        "GET /images/get",
        "GET /images/{name...}/get",
        "GET /images/{name...}/history",
        "GET /images/{name...}/attestations",
        "POST /images/{name...}/push",
        "POST /images/prune",
        "POST /commit",
        "POST /build",
        "POST /build/prune",
        "POST /build/cancel",
        "GET /distribution/{name...}/json",
        "POST /networks/create",
        "DELETE /networks/{name}",
        "POST /networks/{name}/connect",
        "POST /networks/{name}/disconnect",
        "POST /networks/prune",
        "POST /volumes/create",
        "GET /volumes/{name}",
        "PUT /volumes/{name}",
        "DELETE /volumes/{name}",
        "POST /volumes/prune",
        "GET /system/df",
        "POST /auth",
        "POST /session",
        "POST /grpc",
        "GET /plugins/privileges",
        "POST /plugins/pull",
        "POST /plugins/create",
        "GET /plugins/{name...}/json",
        "DELETE /plugins/{name...}",
        "POST /plugins/{name...}/enable",
        "POST /plugins/{name...}/disable",
        "POST /plugins/{name...}/upgrade",
        "POST /plugins/{name...}/push",
        "POST /plugins/{name...}/set",
    ]

    private static func unbuilt(_ line: String) -> Route {
        let parts = line.split(separator: " ")
        let method = HTTPRequest.Method(String(parts[0])) ?? .get
        return Route(method, String(parts[1])) { _ in
            throw RPCError(.notImplemented, "\(line.replacing("...", with: "")) is not implemented in this version of the engine")
        }
    }

    /// There are no plugins, so the list is empty.
    private static let plugins = [Route.get("/plugins") { _ in .json([String]()) }]

    private static let swarmMessage =
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."

    /// Clients know this node for no manager by the status and the words.
    private static var swarm: [Route] {
        let handler: RouteHandler = { _ in throw RPCError(.unavailable, swarmMessage) }
        return ["swarm", "nodes", "services", "tasks", "secrets", "configs"].flatMap { noun in
            [HTTPRequest.Method.get, .post, .delete, .put].flatMap { method in
                [Route(method, "/\(noun)", handler), Route(method, "/\(noun)/{rest...}", handler)]
            }
        }
    }
}
