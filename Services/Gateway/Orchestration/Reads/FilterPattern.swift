// What a filter says of a name or an ID.

/// A regular expression, which needn't be for the whole. What is none matches as it is written.
struct FilterPattern {
    private let text: String
    private let expression: RegularExpression?

    init(_ text: String) {
        self.text = text
        expression = try? RegularExpression(text)
    }

    func matches(_ value: String) -> Bool {
        value == text || expression?.matches(value) ?? false
    }
}
