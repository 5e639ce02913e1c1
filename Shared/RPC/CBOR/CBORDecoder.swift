// shell
public struct CBORDecoder: Sendable {
    public init() {}
    /// Throws `RPCError(.invalidParameter)` for bytes that are not the CBOR of such a value.
    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        throw RPCError(.notImplemented, "The decoder isn't there yet.")
    }
}
