// Maps as keyed containers.

/// A class, since looking a key up moves the cursor and the protocol's functions don't mutate.
final class CBORKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private var cursor: CBORMapCursor
    private let name: String
    var codingPath: [any CodingKey] { [] }

    init(cursor: CBORMapCursor, name: String) {
        self.cursor = cursor
        self.name = name
    }

    var allKeys: [Key] {
        var keys: [Key] = []
        cursor.forEach { name, _ in
            if let key = Key(stringValue: name) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { cursor.value(forKey: key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        let field = try field(key)
        return field.document.isNull(at: field.offset)
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try field(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try field(key).text() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try field(key).double() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try field(key).double()) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try field(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try field(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try field(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try field(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try field(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try field(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try field(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try field(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try field(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try field(key).integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try field(key).value(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try field(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try field(key).unkeyedContainer() }

    func superDecoder() throws -> any Decoder { try field(named: "super") }
    func superDecoder(forKey key: Key) throws -> any Decoder { try field(key) }

    private func field(_ key: Key) throws(RPCError) -> CBORDecoding { try field(named: key.stringValue) }

    private func field(named key: String) throws(RPCError) -> CBORDecoding {
        guard let offset = cursor.value(forKey: key) else {
            throw RPCError(.invalidParameter, "The field \"\(key)\" is missing in \"\(name)\".")
        }
        return CBORDecoding(document: cursor.document, offset: offset, name: key)
    }
}
