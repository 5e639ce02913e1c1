// Shell patterns over paths.
import Glibc

enum Glob {
    /// `*` and `?` don't match a slash.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        fnmatch(pattern, text, FNM_PATHNAME) == 0
    }
}
