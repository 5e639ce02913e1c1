// What is wrong with a device specification, in the words of the specification's own library.

struct CDIFault: Error, Hashable, Sendable {
    let words: String

    init(_ words: String) { self.words = words }
}

/// Any field of an object.
private struct AnyField: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// The object's fields. Throws `CDIFault` for one that there isn't: who wrote it wanted something of it.
    func strictContainer<Key: CodingKey & CaseIterable>(_ type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let known = Set(Key.allCases.map(\.stringValue))
        let present = try container(keyedBy: AnyField.self).allKeys.map(\.stringValue)
        if let stranger = present.sorted().first(where: { !known.contains($0) }) { throw CDIFault("unknown field \"\(stranger)\"") }
        return try container(keyedBy: type)
    }
}

extension KeyedDecodingContainer {
    func value<Value: Decodable>(_ key: Key, or standard: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? standard
    }
}
