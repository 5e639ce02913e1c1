// Writes a regular expression of RE2's as an extended one of POSIX'. Pure.

struct PosixTranslation {
    /// Bytes of an expression.
    static let longest = 1024
    /// As RE2; and all counts of an expression multiplied, because each multiplies what it repeats.
    static let mostRepeats = 1000

    private(set) var ignoresCase = false
    private var rest: Substring
    private var output = ""
    private var repeats = 1

    init(_ text: String) { rest = text[...] }

    typealias Fault = RegularExpression.Fault

    mutating func run() throws(Fault) -> String {
        guard rest.utf8.count <= Self.longest else { throw Fault(reason: "it is longer than \(Self.longest) bytes") }
        guard !rest.utf8.contains(0) else { throw Fault(reason: "it has a zero byte") }
        ignoresCase = take("(?i)")
        while let character = rest.popFirst() {
            switch character {
            case "\\": output += try escape()
            case "[":
                var bracket = BracketTranslation(rest)
                output += try bracket.run()
                rest = bracket.rest
            case "(": try group()
            case "{": try interval()
            case "*", "+", "?": repetition(String(character))
            default: output.append(character)
            }
        }
        return output
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest.removeFirst(text.count)
        return true
    }

    /// A lazy one finds what a greedy one finds.
    private mutating func repetition(_ text: String) {
        output += text
        _ = take("?")
    }

    private mutating func group() throws(Fault) {
        output += "("
        guard take("?") else { return }
        guard take(":") else { throw Fault(reason: "a group that begins with (? isn't supported") }
    }

    /// `{2}`, `{2,}` or `{2,5}`; anything else is a brace.
    private mutating func interval() throws(Fault) {
        guard let end = rest.firstIndex(of: "}"), let counts = Self.counts(rest[..<end]) else { return output += "\\{" }
        let (product, overflow) = repeats.multipliedReportingOverflow(by: max(counts.max() ?? 1, 1))
        guard !overflow, product <= Self.mostRepeats else { throw Fault(reason: "it repeats too much") }
        repeats = product
        repetition("{\(rest[..<end])}")
        rest = rest[rest.index(after: end)...]
        _ = take("?")
    }

    private static func counts(_ text: Substring) -> [Int]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let first = number(parts[0]) else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else { return [first] }
        return number(parts[1]).map { [first, $0] }
    }

    private static func number(_ digits: Substring) -> Int? {
        digits.utf8.allSatisfy { (48...57).contains($0) } ? Int(digits) : nil
    }

    private mutating func escape() throws(Fault) -> String {
        guard let character = rest.popFirst() else { throw Fault(reason: "it ends with a backslash") }
        switch character {
        case "d": return "[0-9]"
        case "D": return "[^0-9]"
        case "w", "W", "s", "S", "b", "B": return "\\\(character)"
        case "A": return "^"
        case "z": return "$"
        default:
            if let control = BracketTranslation.controls[character] { return control }
            guard character.isASCII, !character.isLetter, !character.isNumber else {
                throw Fault(reason: "\\\(character) isn't supported")
            }
            return "\\\(character)"
        }
    }
}
