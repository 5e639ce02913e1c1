// Arrays and single values, over a sink.

struct CBORUnkeyedEncoding: UnkeyedEncodingContainer {
    let sink: CBORSink
    let place: CBORSink.Place
    var codingPath: [any CodingKey] { [] }
    var count: Int { sink.count(of: place) }

    func encodeNil() throws {
        try sink.element(of: place)
        sink.writer.null()
    }

    func encode<Value: Encodable>(_ value: Value) throws {
        try sink.element(of: place)
        try sink.value(value)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        CBOREncoding(sink: sink, level: promise()).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        CBOREncoding(sink: sink, level: promise()).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        let level = promise()
        sink.promiseValue(of: place)
        return CBOREncoding(sink: sink, level: level)
    }

    private func promise() -> Int {
        do { try sink.element(of: place) } catch { sink.fail() }
        return place.level + 1
    }
}

/// A value that is no container: what it encodes is the item.
struct CBORSingleEncoding: SingleValueEncodingContainer {
    let sink: CBORSink
    var codingPath: [any CodingKey] { [] }

    func encodeNil() throws { sink.writer.null() }
    func encode(_ value: Bool) throws { sink.writer.bool(value) }
    func encode(_ value: String) throws { sink.writer.text(value) }
    func encode(_ value: Double) throws { sink.writer.double(value) }
    func encode(_ value: Float) throws { sink.writer.float(value) }
    func encode(_ value: Int) throws { sink.writer.integer(value) }
    func encode(_ value: Int8) throws { sink.writer.integer(value) }
    func encode(_ value: Int16) throws { sink.writer.integer(value) }
    func encode(_ value: Int32) throws { sink.writer.integer(value) }
    func encode(_ value: Int64) throws { sink.writer.integer(value) }
    func encode(_ value: UInt) throws { sink.writer.integer(value) }
    func encode(_ value: UInt8) throws { sink.writer.integer(value) }
    func encode(_ value: UInt16) throws { sink.writer.integer(value) }
    func encode(_ value: UInt32) throws { sink.writer.integer(value) }
    func encode(_ value: UInt64) throws { sink.writer.integer(value) }
    func encode<Value: Encodable>(_ value: Value) throws { try sink.value(value) }
}
