// How long each function is, by matching braces.

struct FunctionLengths {
    /// From 1.
    var line: Int
    /// Lines from the signature to the closing brace.
    var length: Int

    /// Of code without comments and literals.
    static func of(_ code: [String]) -> [FunctionLengths] {
        code.indices.filter { opensFunction(code[$0]) }.compactMap { start in
            end(of: start, in: code).map { FunctionLengths(line: start + 1, length: $0 - start + 1) }
        }
    }

    private static func opensFunction(_ line: String) -> Bool {
        let words = line.split { !$0.isLetter && $0 != "_" }
        guard let first = words.firstIndex(where: { $0 == "func" || $0 == "init" || $0 == "deinit" }) else { return false }
        return words[..<first].allSatisfy { modifiers.contains(String($0)) }
    }

    private static let modifiers: Set = [
        "public", "private", "fileprivate", "internal", "package", "static", "class", "mutating", "nonmutating", "override", "final",
        "convenience", "required", "nonisolated", "consuming", "borrowing", "Test", "Sendable", "discardableResult", "inlinable", "inline",
        "always", "never", "unsafe", "isolated", "available",
    ]

    /// nil for a declaration without a body, as in a protocol.
    private static func end(of start: Int, in code: [String]) -> Int? {
        var braces = 0
        var parentheses = 0
        var isOpen = false
        for index in start..<code.count {
            if index > start, !isOpen, parentheses == 0, braces == 0, opensFunction(code[index]) { return nil }
            for character in code[index] {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{":
                    braces += 1
                    isOpen = true
                case "}":
                    braces -= 1
                    if braces < 0 { return nil }
                    if braces == 0, isOpen, parentheses == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }
}
