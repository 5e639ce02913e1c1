// How a key of daemon.json that is in a table is written: in the file, and as a flag.
import Models

/// A key whose name alone decides how it is treated.
public struct ConfigurationKey: Sendable {
    public enum Shape: String, Sendable {
        /// As a flag, true when it has no value.
        case truth = "true or false"
        case number = "a number"
        case text = "a text"
        /// As a flag, once for each element.
        case list = "a list"
        case map = "an object"
    }

    public let name: String
    public let shape: Shape
    /// The flag of the same meaning, without hyphens before it; nil for a key that has none.
    public let flag: String?
    /// The flag's short form.
    public let short: Character?

    /// Errors: `ConfigurationError` for a value in the file that is of another kind.
    func check(_ value: PlainValue) throws {
        let fits =
            switch (shape, value) {
            case (_, .null), (.truth, .flag), (.number, .number), (.text, .text), (.list, .list), (.map, .object): true
            default: false
            }
        guard fits else { throw ConfigurationError("key '\(name)' must be \(shape.rawValue)") }
    }

    /// The values that a flag was given, as the file would have them. Errors: `ConfigurationError`.
    func value(ofFlag texts: [String]) throws -> PlainValue {
        let last = texts.last ?? ""
        switch shape {
        case .truth:
            guard let flag = TruthValue.parse(last) else { throw refusal(last) }
            return .flag(flag)
        case .number:
            guard let number = Int64(last) else { throw refusal(last) }
            return .number(number)
        case .text: return .text(last)
        case .list: return .list(texts.map(PlainValue.text))
        case .map:
            let pairs = texts.map { text in text.split(separator: "=", maxSplits: 1).map(String.init) }
            return .object(Dictionary(pairs.map { ($0[0], .text($0.count > 1 ? $0[1] : "")) }, uniquingKeysWith: { $1 }))
        }
    }

    /// In dockerd's words.
    private func refusal(_ text: String) -> ConfigurationError {
        ConfigurationError("invalid argument \"\(text)\" for \"--\(flag ?? name)\" flag: it must be \(shape.rawValue)")
    }
}
