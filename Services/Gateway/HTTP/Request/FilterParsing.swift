// The `filters` parameter: JSON in one of two forms.
import Models
import RPC

extension QueryParameters {
    /// Bytes of a filter document.
    static let filterLimit = 64 << 10

    /// Reads `{"key":["value"]}` or `{"key":{"value":true}}`. Errors: `invalidParameter` for anything else and for a key
    /// that isn't among those accepted.
    func filters(accepting keys: Set<String>) throws -> Filters {
        guard let text = text("filters") else { return Filters() }
        guard text.utf8.count <= Self.filterLimit, let fields = Self.decode(text) else {
            throw RPCError(.invalidParameter, "invalid filter")
        }
        if let unknown = fields.keys.sorted().first(where: { !keys.contains($0) }) {
            throw RPCError(.invalidParameter, "invalid filter '\(unknown)'")
        }
        return Filters(fields)
    }

    /// nil for what is no filter document.
    private static func decode(_ text: String) -> [String: [String]]? {
        var scanner = JSONScanner(Array(text.utf8))
        guard let document = try? scanner.document(), scanner.isAtEnd() else { return nil }
        guard document != .null else { return [:] }
        guard case .object(let object) = document else { return nil }
        var fields: [String: [String]] = [:]
        for (key, value) in object.fields {
            guard let values = values(value) else { return nil }
            fields[key] = values
        }
        return fields
    }

    /// A list of strings, or the keys of an object of booleans.
    private static func values(_ value: JSONValue) -> [String]? {
        switch value {
        case .null: return []
        case .array(let elements):
            let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
            return texts.count == elements.count ? texts : nil
        case .object(let object):
            let flags = object.fields.values.allSatisfy { if case .bool = $0 { true } else { false } }
            return flags ? object.fields.keys.sorted() : nil
        default: return nil
        }
    }
}
