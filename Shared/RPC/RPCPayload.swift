// A value that has arrived and is decoded by whoever wants it, when it is wanted.

/// The CBOR of one value. Decoding happens off the connection's loop where there are threads.
public struct RPCPayload: Sendable {
    private let bytes: ArraySlice<UInt8>
    private let isValidated: Bool

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes[...]
        isValidated = false
    }

    init(validated bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        isValidated = true
    }

    /// Bytes of the CBOR.
    public var count: Int { bytes.count }

    /// Throws `RPCError(.invalidParameter)` when it is not such a value.
    public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try CBORDecoder().decode(type, from: isValidated ? CBORDocument(validated: bytes) : CBORDocument(validating: bytes))
    }
}
