// Decodes models from JSON by Go's rules: the case of keys doesn't matter, null leaves the zero value, unknown keys are ignored.

/// A decoder at one place of a document.
struct JSONValueDecoder: Decoder {
    let value: JSONValue
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(_ value: JSONValue, at codingPath: [any CodingKey] = []) {
        self.value = value
        self.codingPath = codingPath
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch value {
        case .object(let object): KeyedDecodingContainer(JSONKeyedContainer(object: object, codingPath: codingPath))
        case .null: KeyedDecodingContainer(JSONKeyedContainer(object: JSONObject(), codingPath: codingPath))
        default: throw mismatch("an object", [String: Any].self)
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch value {
        case .array(let elements): JSONArrayContainer(elements: elements, codingPath: codingPath)
        case .null: JSONArrayContainer(elements: [], codingPath: codingPath)
        default: throw mismatch("an array", [Any].self)
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    fileprivate func mismatch(_ expected: String, _ type: Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(value.kind)"))
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch value {
        case .bool(let flag): flag
        case .null: false
        default: throw mismatch("a boolean", type)
        }
    }

    func decode(_ type: String.Type) throws -> String {
        switch value {
        case .string(let text): text
        case .null: ""
        default: throw mismatch("a string", type)
        }
    }

    func decode(_ type: Double.Type) throws -> Double { try number(type) { Double($0) } ?? 0 }
    func decode(_ type: Float.Type) throws -> Float { try number(type) { Float($0) } ?? 0 }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    private func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value { try number(type) { Value($0) } ?? 0 }

    /// nil for null.
    private func number<Value>(_ type: Value.Type, _ convert: (String) -> Value?) throws -> Value? {
        switch value {
        case .null: return nil
        case .number(let text):
            guard let number = convert(text) else {
                throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: "the value doesn't fit \(type)"))
            }
            return number
        default: throw mismatch("a number", type)
        }
    }
}

/// The fields of an object.
private struct JSONKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let codingPath: [any CodingKey]

    var allKeys: [Key] { object.fields.keys.compactMap { Key(stringValue: $0) } }
    func contains(_ key: Key) -> Bool { object.field(key.stringValue) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { (object.field(key.stringValue) ?? .null) == .null }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try decoder(key).decode(type) }
    func superDecoder() throws -> any Decoder { JSONValueDecoder(.object(object), at: codingPath) }
    func superDecoder(forKey key: Key) throws -> any Decoder { decoder(key) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try decoder(key).unkeyedContainer() }

    private func decoder(_ key: Key) -> JSONValueDecoder {
        JSONValueDecoder(object.field(key.stringValue) ?? .null, at: codingPath + [key])
    }
}

/// The elements of an array, one after the other.
private struct JSONArrayContainer: UnkeyedDecodingContainer {
    struct Index: CodingKey {
        let number: Int
        var stringValue: String { "\(number)" }
        var intValue: Int? { number }

        init(_ number: Int) { self.number = number }
        init?(intValue: Int) { number = intValue }
        init?(stringValue: String) { nil }
    }

    let elements: [JSONValue]
    let codingPath: [any CodingKey]
    var currentIndex = 0

    init(elements: [JSONValue], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }
    mutating func superDecoder() throws -> any Decoder { try next() }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    private mutating func next() throws -> JSONValueDecoder {
        let path = codingPath + [Index(currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(JSONValue.self, .init(codingPath: path, debugDescription: "the array has no more elements"))
        }
        defer { currentIndex += 1 }
        return JSONValueDecoder(elements[currentIndex], at: path)
    }
}
