// The query of a request, read as dockerd reads it.
import RPC

struct QueryParameters: Sendable, Equatable {
    private let values: [String: [String]]

    /// Errors: `invalidParameter` for a broken percent escape.
    init(_ query: some StringProtocol) throws {
        var values: [String: [String]] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let decoded = PercentEncoding.decode(value, plusIsSpace: true)
            else { throw RPCError(.invalidParameter, "invalid URL escape in the query at \"\(pair)\"") }
            values[name, default: []].append(decoded)
        }
        self.values = values
    }

    private init(values: [String: [String]]) { self.values = values }

    /// These values, followed by the other's.
    func merged(with other: QueryParameters) -> QueryParameters {
        QueryParameters(values: values.merging(other.values) { $0 + $1 })
    }

    /// The first value; nil when there is none.
    func value(_ name: String) -> String? { values[name]?.first }

    /// The first value unless it is empty.
    func text(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// Every value.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Empty, `0`, `no`, `false` and `none` are false, anything else is true; absent is the default.
    func flag(_ name: String, default fallback: Bool = false) -> Bool {
        guard let value = value(name) else { return fallback }
        let word = value.lowercased().filter { !$0.isWhitespace }
        return !["", "0", "no", "false", "none"].contains(word)
    }

    /// nil when absent or empty. Errors: `invalidParameter` in the words of Go's `strconv`.
    func integer(_ name: String) throws -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else {
            throw RPCError(.invalidParameter, "strconv.Atoi: parsing \"\(text)\": invalid syntax")
        }
        return number
    }
}
