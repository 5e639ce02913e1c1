// A frame: the unit of the wire. PROTOCOL.md has the layout.

/// One message of a connection. The body is CBOR, except for a ping's and a pong's.
public struct RPCFrame: Sendable, Equatable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        case hello = 1
        case request = 2
        case response = 3
        case error = 4
        case item = 5
        case itemsEnd = 6
        case cancel = 7
        case ping = 8
        case pong = 9
        case credit = 10
    }

    public var kind: Kind
    /// The call it belongs to; 0 for the connection itself.
    public var stream: UInt32
    /// How many descriptors came with it.
    public var descriptorCount: Int
    public var body: [UInt8]

    public init(_ kind: Kind, stream: UInt32, descriptorCount: Int = 0, body: [UInt8] = []) {
        self.kind = kind
        self.stream = stream
        self.descriptorCount = descriptorCount
        self.body = body
    }
}

extension RPCFrame {
    /// The version of the protocol that this library speaks.
    public static let version: UInt8 = 1
    /// Bytes of the length prefix.
    static let prefixBytes = 4
    /// Bytes of the header, counted by the length prefix together with the body's.
    static let headerBytes = 8
    /// Bytes before the body.
    static let overheadBytes = prefixBytes + headerBytes

    /// The bytes on the wire.
    public func encoded() -> [UInt8] { encoded(version: Self.version) }

    func encoded(version: UInt8) -> [UInt8] {
        var frame = RPCOutboundFrame(kind, stream: stream, descriptorCount: descriptorCount, version: version) { $0.append(body) }
        frame.stream = stream
        return frame.bytes
    }
}
