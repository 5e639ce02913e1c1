// A client whose connection itself goes to the shim: its stream then depends on no other service.

/// What belongs to the descriptor that comes with an attach or an exec when it is the client's own connection, and not one end of a relay.
public struct HandedClient: Codable, Sendable, Equatable {
    /// Sent before anything else: the head of the answer that makes a stream of the connection.
    public var head: [UInt8]
    /// What the client has sent already.
    public var input: [UInt8]

    public init(head: [UInt8], input: [UInt8]) {
        self.head = head
        self.input = input
    }

    /// Milliseconds that output waits for a client to read the head of its answer. Some clients read the head through a buffer that they
    /// then throw away, together with whatever came in one piece with the head.
    public static let headPatience: Int64 = 100

    /// Milliseconds that a connection without more output stays open for a client that still sends: closing it at once would reset it,
    /// under what the client hasn't read yet. Less than half a second, after which some clients look whether they were let go.
    public static let lingerTime: Int64 = 250
}
