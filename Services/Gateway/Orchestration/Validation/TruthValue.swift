// Options that are true or false, as clients write them.

/// What Go's `strconv.ParseBool` takes.
enum TruthValue {
    /// nil for what is none.
    static func parse(_ text: String) -> Bool? {
        if ["1", "t", "T", "true", "True", "TRUE"].contains(text) { return true }
        return ["0", "f", "F", "false", "False", "FALSE"].contains(text) ? false : nil
    }
}
