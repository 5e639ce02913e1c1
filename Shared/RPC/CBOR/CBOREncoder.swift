// shell
public struct CBOREncoder: Sendable {
    public init() {}
    /// The CBOR of a value. Throws `RPCError(.invalidParameter)` when the value can't be encoded.
    public func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] { throw RPCError(.notImplemented, "The encoder isn't there yet.") }
}
