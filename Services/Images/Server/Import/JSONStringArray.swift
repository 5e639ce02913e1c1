// `["a", "b"]`, the exec form of Dockerfile instructions.
import FoundationEssentials

enum JSONStringArray {
    /// nil when it isn't one: then it is the shell form.
    static func parse(_ text: String) -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}
