// A byte stream between a client and a container that has been checked and not yet joined.

/// The end of a client's stream that a container gets.
public struct StreamEnd: Sendable {
    /// A connected stream socket. It is lent for the call: send or duplicate it.
    public let descriptor: Int32
    /// nil for one end of a relay. Otherwise the descriptor is the client's own connection: the bytes to send before anything else,
    /// and those that the client has sent already.
    public let own: (head: [UInt8], input: [UInt8])?

    public init(_ descriptor: Int32, own: (head: [UInt8], input: [UInt8])? = nil) {
        self.descriptor = descriptor
        self.own = own
    }
}

/// An attachment or an exec that may begin.
public struct PreparedStream: Sendable {
    /// Bytes are raw for a terminal; otherwise output comes in Docker's frames, made by whoever is at the other end.
    public let isTerminal: Bool
    private let join: @Sendable (StreamEnd) async throws -> Void

    /// - Parameters:
    ///   - join: Gives the stream to the container.
    ///     It returns once joined, so that nothing written by the container from then on is lost: for an attachment, once the container's
    ///     stdio has been joined; for an exec, once its process has been executed. The stream ends when the other end closes.
    public init(isTerminal: Bool, join: @escaping @Sendable (StreamEnd) async throws -> Void) {
        self.isTerminal = isTerminal
        self.join = join
    }

    /// Called once.
    public func connect(_ end: StreamEnd) async throws { try await join(end) }
}
