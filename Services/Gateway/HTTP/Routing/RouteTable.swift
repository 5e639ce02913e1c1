// Routes: a method, a path pattern, and what answers.
import HTTPTypes
import HummingbirdCore

/// What answers a request. It throws `RPCError` for every failure that the client is told of.
typealias RouteHandler = @Sendable (EngineRequest) async throws -> Response

struct Route: Sendable {
    let method: HTTPRequest.Method
    let pattern: RoutePattern
    let handler: RouteHandler

    init(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping RouteHandler) {
        self.method = method
        self.pattern = RoutePattern(pattern)
        self.handler = handler
    }

    static func get(_ pattern: String, _ handler: @escaping RouteHandler) -> Route { Route(.get, pattern, handler) }
    static func head(_ pattern: String, _ handler: @escaping RouteHandler) -> Route { Route(.head, pattern, handler) }
    static func post(_ pattern: String, _ handler: @escaping RouteHandler) -> Route { Route(.post, pattern, handler) }
    static func put(_ pattern: String, _ handler: @escaping RouteHandler) -> Route { Route(.put, pattern, handler) }
    static func delete(_ pattern: String, _ handler: @escaping RouteHandler) -> Route { Route(.delete, pattern, handler) }
}

/// All routes. The first that matches answers.
struct RouteTable: Sendable {
    /// Routes by method.
    private let routes: [String: [Route]]

    init(_ routes: [Route]) {
        self.routes = Dictionary(grouping: routes) { $0.method.rawValue }
    }

    func find(_ method: HTTPRequest.Method, _ path: [String]) -> (route: Route, parameters: [String: String])? {
        for route in routes[method.rawValue] ?? [] {
            if let parameters = route.pattern.match(path) { return (route, parameters) }
        }
        return nil
    }
}
