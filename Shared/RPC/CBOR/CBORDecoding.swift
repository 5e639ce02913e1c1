// The decoder protocols of the standard library, over a document: one value and where it is.

struct CBORDecoding: Decoder {
    let document: CBORDocument
    let offset: Int
    /// The field this value was found in, for messages.
    let name: String
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let cursor = CBORMapCursor(document, at: offset) else { throw mismatch("a map") }
        return KeyedDecodingContainer(CBORKeyedDecoding(cursor: cursor, name: name))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let head = document.head(at: offset), head.major == .array else { throw mismatch("an array") }
        return CBORUnkeyedDecoding(document: document, head: head, name: name)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { CBORSingleDecoding(decoding: self) }

    /// The value as a type. The types a message is full of are read without making them decoders of their own.
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == String.self, let text = try text() as? Value { return text }
        if type == [UInt8].self, let bytes = document.byteString(at: offset) as? Value { return bytes }
        return try Value(from: self)
    }

    func text() throws(RPCError) -> String {
        guard let text = document.text(at: offset) else { throw mismatch("a text") }
        return text
    }

    func bool() throws(RPCError) -> Bool {
        guard let bool = document.bool(at: offset) else { throw mismatch("a boolean") }
        return bool
    }

    func double() throws(RPCError) -> Double {
        guard let double = document.double(at: offset) else { throw mismatch("a number") }
        return double
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(RPCError) -> Value {
        guard let integer = document.integer(type, at: offset) else { throw mismatch("an integer between \(Value.min) and \(Value.max)") }
        return integer
    }

    private func mismatch(_ expected: String) -> RPCError {
        RPCError(.invalidParameter, "The field \"\(name)\" is not \(expected).")
    }
}

/// A value that is no container.
struct CBORSingleDecoding: SingleValueDecodingContainer {
    let decoding: CBORDecoding
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { decoding.document.isNull(at: decoding.offset) }
    func decode(_ type: Bool.Type) throws -> Bool { try decoding.bool() }
    func decode(_ type: String.Type) throws -> String { try decoding.text() }
    func decode(_ type: Double.Type) throws -> Double { try decoding.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try decoding.double()) }
    func decode(_ type: Int.Type) throws -> Int { try decoding.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoding.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoding.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoding.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoding.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try decoding.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoding.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoding.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoding.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoding.integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoding.value(type) }
}
