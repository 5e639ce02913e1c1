// Truth as Docker's clients and configuration write it.

/// The words that Go reads as a truth value.
public enum TruthValue {
    /// nil for what is none.
    public static func parse(_ text: String) -> Bool? {
        if ["1", "t", "T", "true", "True", "TRUE"].contains(text) { return true }
        return ["0", "f", "F", "false", "False", "FALSE"].contains(text) ? false : nil
    }
}
