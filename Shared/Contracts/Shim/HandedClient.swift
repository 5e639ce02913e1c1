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
}
