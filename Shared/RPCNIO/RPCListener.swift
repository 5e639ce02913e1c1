// Where a server accepts connections.

/// A Unix stream socket to listen on.
public enum RPCListener: Sendable, Equatable {
    /// Makes the socket, with this mode. A file left by a server that is gone is replaced; anything else at the path is an error.
    case path(String, mode: UInt32)
    /// A listening socket made by someone else, as systemd hands it over. The server takes it, and removes no file.
    case descriptor(Int32)
}
