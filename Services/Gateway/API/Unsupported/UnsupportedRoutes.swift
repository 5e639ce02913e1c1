// The routes of the Engine API that this version doesn't have: each says so by name.
import HTTPTypes
import HummingbirdCore
import RPC

enum UnsupportedRoutes {
    static var routes: [Route] { missing.map(unsupported) }

    /// `METHOD path`, as the API's specification has them.
    private static let missing = [
        "GET /images/{name...}/attestations",
        "POST /build",
        "POST /build/cancel",
        "POST /session",
        "POST /grpc",
    ]

    private static func unsupported(_ line: String) -> Route {
        let parts = line.split(separator: " ")
        let method = HTTPRequest.Method(String(parts[0])) ?? .get
        return Route(method, String(parts[1])) { _ in
            throw RPCError(.notImplemented, "\(line.replacing("...", with: "")) is not implemented in this version of the engine")
        }
    }
}
