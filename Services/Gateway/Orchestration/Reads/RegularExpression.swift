// Regular expressions that clients give. One that backtracks could be kept busy for years by a single line of theirs.
import Glibc

/// What RE2, which dockerd has, and POSIX have in common: matching takes time in proportion to the text.
/// Of RE2's own, `(?i)` in front, `(?:…)`, lazy repetition, `\d`, `\w`, `\s` and escapes are understood.
final class RegularExpression: Sendable {
    /// What isn't understood, or would take too much.
    struct Fault: Error, Equatable { let reason: String }

    private nonisolated(unsafe) let compiled: UnsafeMutablePointer<regex_t>

    /// Errors: `Fault`.
    init(_ text: String) throws(Fault) {
        var translation = PosixTranslation(text)
        let pattern = try translation.run()
        compiled = try Self.compile(pattern, REG_EXTENDED | REG_NOSUB | (translation.ignoresCase ? REG_ICASE : 0))
    }

    private static func compile(_ pattern: String, _ flags: Int32) throws(Fault) -> UnsafeMutablePointer<regex_t> {
        let place = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        guard regcomp(place, pattern, flags) == 0 else {
            place.deallocate()
            throw Fault(reason: "it is no regular expression")
        }
        return place
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    /// Whether it is found anywhere in the text.
    func matches(_ text: String) -> Bool { regexec(compiled, text, 0, nil, 0) == 0 }
}
