// A byte stream between a client and a container that has been checked and not yet joined.

/// An attachment or an exec that may begin.
public struct PreparedStream: Sendable {
    /// Bytes are raw for a terminal; otherwise output comes in Docker's frames, made by whoever is at the other end.
    public let isTerminal: Bool
    private let join: @Sendable (Int32) async throws -> Void

    /// - Parameters:
    ///   - join: Gives one end of a connected stream socket to the container. The descriptor is lent for the call: send or duplicate it.
    ///     It returns once joined, so that nothing written by the container from then on is lost: for an attachment, once the container's
    ///     stdio has been joined; for an exec, once its process has been executed. The stream ends when the other end closes.
    public init(isTerminal: Bool, join: @escaping @Sendable (Int32) async throws -> Void) {
        self.isTerminal = isTerminal
        self.join = join
    }

    /// Called once.
    public func connect(_ descriptor: Int32) async throws { try await join(descriptor) }
}
