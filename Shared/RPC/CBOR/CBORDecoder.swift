// The public face of decoding: CBOR to a Codable value.

/// Decodes what `CBOREncoder` writes and any other valid encoding of the same: indefinite lengths, wider heads, tags (skipped),
/// floats of every width. Fields that the type doesn't have are ignored.
public struct CBORDecoder: Sendable {
    public init() {}

    /// Throws `RPCError(.invalidParameter)` for bytes that are not the CBOR of such a value.
    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try decode(type, from: bytes[...])
    }

    /// Throws `RPCError(.invalidParameter)` for bytes that are not the CBOR of such a value.
    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: ArraySlice<UInt8>) throws -> Value {
        try decode(type, from: CBORDocument(validating: bytes))
    }

    func decode<Value: Decodable>(_ type: Value.Type, from document: CBORDocument) throws -> Value {
        do {
            return try CBORDecoding(document: document, offset: 0, name: "message").value(type)
        } catch let error as DecodingError {
            throw RPCError(.invalidParameter, "The message has an unexpected shape: \(Self.reason(error))")
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.invalidParameter, "The message has an unexpected shape: \(error).")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context), .dataCorrupted(let context):
            context.debugDescription
        @unknown default:
            "\(error)"
        }
    }
}
