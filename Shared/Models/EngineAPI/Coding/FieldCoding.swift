// How a field of the Engine API reads and writes what is absent, as Go's encoding does for dockerd.

/// A type with a zero value in Go's sense: what a field holds when nobody set it.
public protocol ZeroValued {
    static var zeroValue: Self { get }
}

extension Bool: ZeroValued { public static var zeroValue: Bool { false } }
extension Int: ZeroValued { public static var zeroValue: Int { 0 } }
extension Int64: ZeroValued { public static var zeroValue: Int64 { 0 } }
extension UInt64: ZeroValued { public static var zeroValue: UInt64 { 0 } }
extension UInt16: ZeroValued { public static var zeroValue: UInt16 { 0 } }
extension String: ZeroValued { public static var zeroValue: String { "" } }
extension Array: ZeroValued { public static var zeroValue: [Element] { [] } }
extension Dictionary: ZeroValued { public static var zeroValue: [Key: Value] { [:] } }

extension SingleValueDecodingContainer {
    /// Decodes, and names the field when a number doesn't fit, which Foundation reports without saying where.
    func decodeField<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do {
            return try decode(type)
        } catch let error as DecodingError {
            throw error
        } catch {
            let words = "the value doesn't fit \(type)"
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: words, underlyingError: error))
        }
    }
}

/// Absent and null read as the zero value; the field is always written.
@propertyWrapper
public struct ZeroIfAbsent<Value: ZeroValued & Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: Value

    public init() { wrappedValue = .zeroValue }
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? .zeroValue : try container.decodeField(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

/// Absent and null read as the zero value; a zero value isn't written (Go's `omitempty`).
@propertyWrapper
public struct OmittedIfZero<Value: ZeroValued & Codable & Sendable & Equatable>: Codable, Sendable {
    public var wrappedValue: Value

    public init() { wrappedValue = .zeroValue }
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? .zeroValue : try container.decodeField(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

/// Absent and null read as nil; the field is always written, nil as null.
///
/// Clients tell `null` (use the default) and `[]` (use none) apart in several fields, so neither may become the other.
@propertyWrapper
public struct NullIfAbsent<Value: Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: Value?

    public init() { wrappedValue = nil }
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decodeField(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

extension ZeroIfAbsent: Equatable where Value: Equatable {}
extension OmittedIfZero: Equatable {}
extension NullIfAbsent: Equatable where Value: Equatable {}

extension KeyedDecodingContainer {
    public func decode<Value>(_ type: ZeroIfAbsent<Value>.Type, forKey key: Key) throws -> ZeroIfAbsent<Value> {
        try decodeIfPresent(type, forKey: key) ?? ZeroIfAbsent()
    }

    public func decode<Value>(_ type: OmittedIfZero<Value>.Type, forKey key: Key) throws -> OmittedIfZero<Value> {
        try decodeIfPresent(type, forKey: key) ?? OmittedIfZero()
    }

    public func decode<Value>(_ type: NullIfAbsent<Value>.Type, forKey key: Key) throws -> NullIfAbsent<Value> {
        try decodeIfPresent(type, forKey: key) ?? NullIfAbsent()
    }
}

extension KeyedEncodingContainer {
    public mutating func encode<Value>(_ field: OmittedIfZero<Value>, forKey key: Key) throws {
        guard field.wrappedValue != .zeroValue else { return }
        try encode(field.wrappedValue, forKey: key)
    }
}
