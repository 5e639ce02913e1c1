// The first frame of each side: who it is and what it takes.

/// A side's introduction and the limits its peer has to respect.
public struct RPCHello: Codable, Sendable, Equatable {
    /// The version of the protocol, the same as in the frame's header.
    public var version: UInt8
    /// What is served here, or for a client who is calling: `images`, `shim`…
    public var service: String
    /// The version of the program.
    public var serviceVersion: String
    /// The largest length prefix taken.
    public var frameBytes: Int
    /// Calls that may be open at a time; 0 from a client, which takes none.
    public var requestsInFlight: Int
    /// Credit that a caller has for the items of each stream when it opens it.
    public var streamWindow: Int
    /// Descriptors that a request may bring; 0 where none can be received.
    public var descriptors: Int

    public init(service: String, serviceVersion: String, limits: RPCLimits, descriptors: Int, requestsInFlight: Int) {
        version = RPCFrame.version
        self.service = service
        self.serviceVersion = serviceVersion
        frameBytes = limits.frameBytes
        streamWindow = limits.streamWindow
        self.requestsInFlight = requestsInFlight
        self.descriptors = descriptors
    }

    /// Reads a hello. Throws `RPCProtocolError` for one that is none, or of another version.
    init(frame: RPCFrame) throws(RPCProtocolError) {
        guard frame.kind == .hello, frame.stream == 0 else { throw RPCProtocolError("sent a \(frame.kind) frame before its hello") }
        do {
            self = try CBORDecoder().decode(RPCHello.self, from: frame.body)
        } catch {
            throw RPCProtocolError("sent a malformed hello: \(error)")
        }
        guard version == RPCFrame.version else { throw .version(version) }
        guard frameBytes > 0, requestsInFlight >= 0, streamWindow >= 0, descriptors >= 0 else {
            throw RPCProtocolError("announced negative limits in its hello")
        }
    }

    func frame() throws -> RPCOutboundFrame {
        try RPCOutboundFrame(.hello) { try CBOREncoder().encode(self, into: &$0) }
    }
}
