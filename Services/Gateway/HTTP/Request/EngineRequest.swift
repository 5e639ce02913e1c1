// A request of the Engine API, routed and with its parameters decoded.
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct EngineRequest: Sendable {
    let version: APIVersion
    /// What the route's pattern captured.
    let parameters: [String: String]
    let query: QueryParameters
    let http: Request
    /// Carries the request's trace id; backends pass it on.
    let context: RPCContext
    let connection: ClientConnection
    let budget: RequestBudget

    /// A parameter of the route's pattern.
    func parameter(_ name: String) throws -> String {
        guard let value = parameters[name] else { throw RPCError(.internalError, "the route has no parameter \(name)") }
        return value
    }

    /// The client asks to leave HTTP (`Upgrade: tcp`).
    var asksForUpgrade: Bool { http.headers[.upgrade] != nil }
}
