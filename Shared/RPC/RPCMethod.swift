// What a method of a service is: one type, used by the caller and the callee both.

/// A call with one request and one response.
///
/// The type is never instantiated; it binds a wire name to its shapes and to who may call it.
public protocol RPCMethod: Sendable {
    associatedtype Request: Codable & Sendable
    associatedtype Response: Codable & Sendable
    /// The name on the wire, `service.noun.verb`.
    static var name: String { get }
    /// Who may call it, decided by the peer's credentials before the request is decoded.
    static var access: RPCAccess { get }
}

/// A call that also carries items, in one direction or both, between its request and its response.
///
/// The caller may send `Inbound` items and then ends its side; the callee may send `Outbound` items;
/// the callee's response closes the call. Each direction has credit of its own.
public protocol RPCStreamMethod: RPCMethod {
    /// Items from the caller to the callee; `RPCNothing` when there are none.
    associatedtype Inbound: Codable & Sendable = RPCNothing
    /// Items from the callee to the caller; `RPCNothing` when there are none.
    associatedtype Outbound: Codable & Sendable = RPCNothing
}

/// An empty request, response or item. On the wire: an empty map.
public struct RPCNothing: Codable, Sendable, Equatable {
    public init() {}
}

/// Who may call a method, by the uid that `SO_PEERCRED` reports for the connection.
public enum RPCAccess: Sendable, Equatable {
    /// Whoever could open the socket.
    case anyone
    /// Root, the service's own uid, and the uids that the service is configured to serve (the gateway's).
    case engine
    /// Root and the service's own uid.
    case administrator
}

extension RPCMethod {
    public static var access: RPCAccess { .engine }
}
