// The encoder protocols of the standard library, over a sink.

struct CBOREncoding: Encoder {
    let sink: CBORSink
    /// How many containers are open around this value.
    let level: Int
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(CBORKeyedEncoding(sink: sink, place: sink.container(.map, at: level)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        CBORUnkeyedEncoding(sink: sink, place: sink.container(.array, at: level))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { CBORSingleEncoding(sink: sink) }
}

struct CBORKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: CBORSink
    let place: CBORSink.Place
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws {
        try sink.key(key.stringValue, of: place)
        sink.writer.null()
    }

    func encode(_ value: Bool, forKey key: Key) throws {
        try sink.key(key.stringValue, of: place)
        sink.writer.bool(value)
    }

    func encode(_ value: Double, forKey key: Key) throws {
        try sink.key(key.stringValue, of: place)
        sink.writer.double(value)
    }

    func encode(_ value: Float, forKey key: Key) throws {
        try sink.key(key.stringValue, of: place)
        sink.writer.float(value)
    }

    func encode(_ value: String, forKey key: Key) throws {
        try sink.key(key.stringValue, of: place)
        sink.writer.text(value)
    }

    func encode(_ value: Int, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int8, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int16, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int32, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int64, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try integer(value, key) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try sink.key(key.stringValue, of: place)
        try sink.value(value)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        CBOREncoding(sink: sink, level: promise(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        CBOREncoding(sink: sink, level: promise(key)).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { superEncoder(named: "super") }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder(named: key.stringValue) }

    private func integer(_ value: some FixedWidthInteger, _ key: Key) throws {
        try sink.key(key.stringValue, of: place)
        sink.writer.integer(value)
    }

    private func promise(_ key: Key) -> Int {
        do { try sink.key(key.stringValue, of: place) } catch { sink.fail() }
        return place.level + 1
    }

    private func superEncoder(named key: String) -> any Encoder {
        do { try sink.key(key, of: place) } catch { sink.fail() }
        sink.promiseValue(of: place)
        return CBOREncoding(sink: sink, level: place.level + 1)
    }
}
