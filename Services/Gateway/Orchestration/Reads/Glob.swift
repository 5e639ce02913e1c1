// Shell patterns over paths.
import Glibc

enum Glob {
    /// False for what isn't a pattern: a bracket that isn't closed, or a backslash at the end.
    static func isPattern(_ text: String) -> Bool {
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\\": if rest.popFirst() == nil { return false }
            case "[": if !skipBracket(&rest) { return false }
            default: break
            }
        }
        return true
    }

    /// A set has at least one member, and a bracket in it is written with a backslash.
    private static func skipBracket(_ rest: inout Substring) -> Bool {
        if rest.first == "^" || rest.first == "!" { rest.removeFirst() }
        var members = 0
        while let character = rest.popFirst() {
            if character == "]" { return members > 0 }
            if character == "\\", rest.popFirst() == nil { return false }
            members += 1
        }
        return false
    }

    /// `*` and `?` don't match a slash.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        fnmatch(pattern, text, FNM_PATHNAME) == 0
    }
}
