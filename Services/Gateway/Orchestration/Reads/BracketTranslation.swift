// The inside of `[…]` in a regular expression of RE2's, as POSIX has it: without escapes, and with a place for each character that means
// something there. Pure.

struct BracketTranslation {
    static let controls: [Character: String] = ["n": "\n", "t": "\t", "r": "\r", "f": "\u{c}", "v": "\u{b}"]
    private static let classes: [Character: String] = ["d": "0-9", "w": "[:alnum:]_", "s": " \t\n\r\u{c}"]
    private static let placed: Set<Character> = ["]", "[", "^", "-"]

    /// Behind the opening bracket, and afterwards behind the closing one.
    private(set) var rest: Substring
    private var items = ""
    /// Members that have their place.
    private var found: Set<Character> = []

    init(_ rest: Substring) { self.rest = rest }

    private typealias Fault = RegularExpression.Fault

    mutating func run() throws(RegularExpression.Fault) -> String {
        let isNegated = rest.first == "^"
        if isNegated { rest.removeFirst() }
        var isFirst = true
        while let character = rest.popFirst() {
            switch character {
            case "]" where !isFirst: return written(isNegated)
            case "[" where rest.first == ":": try named()
            case "\\": try escape()
            case "-" where !isFirst && rest.first != "]": items.append(character)
            case _ where Self.placed.contains(character): found.insert(character)
            default: items.append(character)
            }
            isFirst = false
        }
        throw Fault(reason: "a [ isn't closed")
    }

    /// A closing bracket comes first, a dash last or first, a caret not first.
    private func written(_ isNegated: Bool) -> String {
        let start = "[" + (isNegated ? "^" : "") + (found.contains("]") ? "]" : "") + items + (found.contains("[") ? "[" : "")
        let dash = found.contains("-") ? "-" : ""
        guard found.contains("^") else { return start + dash + "]" }
        guard start == "[" else { return start + "^" + dash + "]" }
        return dash.isEmpty ? "\\^" : "[-^]"
    }

    private mutating func named() throws(RegularExpression.Fault) {
        guard let end = rest.firstRange(of: ":]") else { throw Fault(reason: "a [: isn't closed") }
        items += "[" + rest[..<end.upperBound]
        rest = rest[end.upperBound...]
    }

    private mutating func escape() throws(RegularExpression.Fault) {
        guard let character = rest.popFirst() else { throw Fault(reason: "it ends with a backslash") }
        if Self.placed.contains(character) {
            found.insert(character)
        } else if let members = Self.classes[character] ?? Self.controls[character] {
            items += members
        } else if character.isASCII, !character.isLetter, !character.isNumber {
            items.append(character)
        } else {
            throw Fault(reason: "\\\(character) isn't supported")
        }
    }
}
