// What the clients of a scoped socket may do. Pure.
import Contracts
import HTTPTypes
import Models
import RPC
import ServiceKit

struct AccessPolicy: Sendable {
    let socket: ScopedSocket

    /// What the services behind check again.
    var callScope: CallScope {
        var scope = CallScope()
        scope.isReadOnly = socket.isReadOnly
        scope.forbidsPrivileges = !socket.allowsPrivileged
        scope.forbidsHostMounts = !socket.allowsHostMounts
        scope.memory = socket.memory
        scope.pids = socket.pids
        scope.processors = socket.cpus.map { Int64(($0 * 1e6).rounded(.up)) }
        scope.labels = socket.labels
        return scope
    }

    /// Words for what isn't allowed, with status 403.
    func refusal(_ what: String) -> RPCError {
        RPCError(.forbidden, "\(what) is not allowed at this socket: its policy in scoped-sockets forbids it")
    }

    func refuse(_ what: String) throws -> Never { throw refusal(what) }

    /// Whether the labels are those that the policy asks for.
    func admits(_ labels: [String: String]?) -> Bool {
        socket.labels.allSatisfy { labels?[$0.key] == $0.value }
    }

    /// The labels, completed by those that everything of this socket has. Errors: forbidden for one of them with another value.
    func labelled(_ labels: [String: String]) throws -> [String: String] {
        for (name, value) in socket.labels {
            guard labels[name] == nil || labels[name] == value else { try refuse("label \(name)=\(labels[name] ?? "")") }
        }
        return labels.merging(socket.labels) { $1 }
    }

    /// Names of environment variables without their values.
    func masked(_ environment: [String]) -> [String] {
        environment.map { $0.contains("=") ? $0.prefix { $0 != "=" } + "=***" : $0 }
    }

    /// The filters, narrowed to what this socket's clients may see.
    func narrowed(_ filters: Filters) -> Filters {
        let own = socket.labels.map { "\($0.key)=\($0.value)" }.sorted()
        return Filters(filters.fields.merging(["label": own]) { $0 + $1 })
    }

    /// What concerns everybody, at a socket that only knows its own.
    func checkShared(_ what: String) throws {
        guard socket.labels.isEmpty else { try refuse(what) }
    }
}

/// Routes that change nothing, though their method says otherwise, and one that does, though its method doesn't.
enum ReadOnlyRoutes {
    private static let reading: Set<String> = ["POST /containers/{name}/wait"]
    private static let writing: Set<String> = ["GET /containers/{name}/attach/ws"]

    static func reads(_ method: String, _ pattern: String) -> Bool {
        let name = "\(method) \(pattern)"
        return ["GET", "HEAD"].contains(method) && !writing.contains(name) || reading.contains(name)
    }

    /// The same route; answered with 403 when it isn't one that reads.
    static func guarded(_ route: Route, _ policy: AccessPolicy) -> Route {
        guard policy.socket.isReadOnly, !reads(route.method.rawValue, route.pattern.text) else { return route }
        return Route(route.method, route.pattern.text) { _ in
            throw policy.refusal("\(route.method.rawValue) \(route.pattern.text): changing anything")
        }
    }
}
