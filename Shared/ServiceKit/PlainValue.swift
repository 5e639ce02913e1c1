// A value of daemon.json of which nothing is known beforehand.

/// What JSON can say, kept as it was said.
public enum PlainValue: Sendable, Equatable {
    case null
    case flag(Bool)
    case number(Int64)
    case decimal(Double)
    case text(String)
    case list([PlainValue])
    case object([String: PlainValue])

    /// The value as text: `true`, `15`, `overlay2`; for a list or object, its parts, separated by commas.
    public var text: String {
        switch self {
        case .null: ""
        case .flag(let flag): "\(flag)"
        case .number(let number): "\(number)"
        case .decimal(let number): "\(number)"
        case .text(let text): text
        case .list, .object: parts.joined(separator: ",")
        }
    }

    /// The elements of a list, or the `key=value` pairs of an object, as text; any other value is its own only part. An empty value has
    /// none.
    public var parts: [String] {
        switch self {
        case .list(let values): values.map(\.text)
        case .object(let values): values.map { "\($0.key)=\($0.value.text)" }.sorted()
        default: text.isEmpty ? [] : [text]
        }
    }
}

extension PlainValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else if let number = try? container.decode(Double.self) {
            self = .decimal(number)
        } else if let list = try? container.decode([PlainValue].self) {
            self = .list(list)
        } else if let object = try? container.decode([String: PlainValue].self) {
            self = .object(object)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .decimal(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}
