// Plugins: there are none, and none can be installed.
import HummingbirdCore
import Models
import RPC

enum PluginRoutes {
    /// The keys that the list accepts.
    static let filterKeys: Set<String> = ["capability", "enabled"]

    static var routes: [Route] {
        [
            .get("/plugins", list),
            .get("/plugins/privileges", unsupported), .post("/plugins/pull", unsupported), .post("/plugins/create", unsupported),
            .get("/plugins/{name...}/json", missing), .delete("/plugins/{name...}", missing),
            .post("/plugins/{name...}/enable", missing), .post("/plugins/{name...}/disable", missing),
            .post("/plugins/{name...}/upgrade", missing), .post("/plugins/{name...}/push", missing),
            .post("/plugins/{name...}/set", missing),
        ]
    }

    private static let list: RouteHandler = { request in
        _ = try request.query.filters(accepting: filterKeys)
        return .json([String]())
    }

    private static let missing: RouteHandler = { request in
        throw RPCError(.notFound, "plugin \"\(try request.parameter("name"))\" not found")
    }

    private static let unsupported: RouteHandler = { _ in
        throw RPCError(.notImplemented, "plugins are not supported by this engine")
    }
}
