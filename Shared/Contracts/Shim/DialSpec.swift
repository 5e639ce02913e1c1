// A health check that needs no process: the shim connects, inside the container's network namespace.

/// What a health check connects to, and what it asks for there.
public struct DialSpec: Codable, Sendable, Equatable {
    public enum Scheme: String, Codable, Sendable {
        /// Healthy when the connection is made.
        case tcp
        /// Healthy when the answer to GET has a status from 200 to 399.
        case http
    }

    public var scheme: Scheme
    /// An IPv4 or IPv6 address, not a name.
    public var address: String
    public var port: UInt16
    /// For `http`: path and query, from the slash on.
    public var target: String
    /// For `http`: the header `Host`.
    public var host: String

    public init(_ scheme: Scheme, address: String, port: UInt16, target: String = "/", host: String = "localhost") {
        self.scheme = scheme
        self.address = address
        self.port = port
        self.target = target
        self.host = host
    }
}
