// The `filters` parameter: JSON in one of two forms.
import FoundationEssentials
import Models
import RPC

extension QueryParameters {
    /// Bytes of a filter document.
    static let filterLimit = 64 << 10

    /// Reads `{"key":["value"]}` or `{"key":{"value":true}}`. Errors: `invalidParameter` for anything else and for a key
    /// that isn't among those accepted.
    func filters(accepting keys: Set<String>) throws -> Filters {
        guard let text = text("filters") else { return Filters() }
        guard text.utf8.count <= Self.filterLimit, let fields = Self.decode(Data(text.utf8)) else {
            throw RPCError(.invalidParameter, "invalid filter")
        }
        let filters = Filters(fields)
        if let unknown = fields.keys.sorted().first(where: { !keys.contains($0) }) {
            throw RPCError(.invalidParameter, "invalid filter '\(unknown)'")
        }
        return filters
    }

    private static func decode(_ document: Data) -> [String: [String]]? {
        let decoder = JSONDecoder()
        if let sets = try? decoder.decode([String: [String: Bool]].self, from: document) { return sets.mapValues { $0.keys.sorted() } }
        return try? decoder.decode([String: [String]].self, from: document)
    }
}
