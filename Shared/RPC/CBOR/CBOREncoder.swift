// The public face of encoding: a Codable value to CBOR.

/// Encodes values as CBOR (RFC 8949): structures as maps with text keys, `[UInt8]` as byte strings, nil fields left out.
public struct CBOREncoder: Sendable {
    public init() {}

    /// The CBOR of a value. Throws `RPCError(.invalidParameter)` when the value can't be encoded.
    public func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
        var writer = CBORWriter()
        try encode(value, into: &writer)
        return writer.bytes
    }

    /// Appends the CBOR of a value to what has been written. After an error the writer's contents are of no use.
    func encode<Value: Encodable>(_ value: Value, into writer: inout CBORWriter) throws {
        let sink = CBORSink()
        swap(&sink.writer, &writer)
        defer { swap(&sink.writer, &writer) }
        do {
            try sink.value(value)
        } catch let error as EncodingError {
            throw RPCError(.invalidParameter, "A value can't be encoded: \(error).")
        }
        if let failure = sink.failure { throw failure }
    }
}
