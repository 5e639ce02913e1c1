// A command line, which the Engine API takes as a string or as a list.

/// Reads `"sh"` as `["sh"]`, a list as it is, and absent or null as nil; always written, nil as null.
@propertyWrapper
public struct StringOrList: Codable, Sendable, Equatable {
    public var wrappedValue: [String]?

    public init() { wrappedValue = nil }
    public init(wrappedValue: [String]?) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            wrappedValue = nil
        } else if let word = try? container.decode(String.self) {
            wrappedValue = [word]
        } else {
            wrappedValue = try container.decode([String].self)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

extension KeyedDecodingContainer {
    public func decode(_ type: StringOrList.Type, forKey key: Key) throws -> StringOrList {
        try decodeIfPresent(type, forKey: key) ?? StringOrList()
    }
}

/// The `{}` that Go writes for a set's members: `{"80/tcp": {}}`.
public struct EmptyObject: Codable, Sendable, Equatable, Hashable {
    public init() {}
}
