// A JSON document in memory, as a client wrote it.

indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As written, so that no digit is lost before it is known what type it is for.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// For messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The fields of an object. Of a key that comes twice the last counts.
struct JSONObject: Sendable, Equatable {
    private(set) var fields: [String: JSONValue] = [:]
    /// Keys by their lower-case form, for those that differ from it.
    private var folded: [String: String] = [:]

    mutating func set(_ key: String, _ value: JSONValue) {
        fields[key] = value
        folded[key.lowercased()] = key
    }

    /// The field of this name; its case doesn't matter, as in Go, but the exact one goes first.
    func field(_ name: String) -> JSONValue? {
        fields[name] ?? folded[name.lowercased()].flatMap { fields[$0] }
    }
}
