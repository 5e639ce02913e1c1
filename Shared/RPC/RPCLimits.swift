// What one connection may cost its process.

/// The bounds of one end of a connection. Those a peer must respect are announced in the hello.
public struct RPCLimits: Sendable, Equatable {
    /// Bytes of a frame after its length prefix.
    public var frameBytes: Int
    /// Calls that a peer may have open on one connection.
    public var requestsInFlight: Int
    /// Bytes waiting to be written to a connection whose peer doesn't read.
    public var queuedBytes: Int
    /// Bytes of items that a peer may send in one direction of a stream before they are consumed.
    public var streamWindow: Int
    /// Descriptors that one request may bring; a transport that can't receive any announces 0.
    public var descriptors: Int
    /// Connections that a server holds open.
    public var connections: Int
    /// The time a peer has to say hello.
    public var handshake: Duration

    public static let standard = RPCLimits()

    public init(
        frameBytes: Int = 4 << 20, requestsInFlight: Int = 1024, queuedBytes: Int = 16 << 20, streamWindow: Int = 1 << 20,
        descriptors: Int = 8, connections: Int = 1024, handshake: Duration = .seconds(10)
    ) {
        self.frameBytes = frameBytes
        self.requestsInFlight = requestsInFlight
        self.queuedBytes = queuedBytes
        self.streamWindow = streamWindow
        self.descriptors = descriptors
        self.connections = connections
        self.handshake = handshake
    }
}
