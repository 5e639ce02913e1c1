// Splits the text of `--change` into Dockerfile instructions.

/// An instruction and what follows it: `ENV`, `A=b C=d`.
struct ChangeLine: Equatable, Sendable {
    /// In upper case.
    var instruction: String
    var arguments: String

    /// Reads instructions as a Dockerfile has them: a line each, continued by a backslash at its end; comments and empty lines don't count.
    static func parse(_ changes: [String]) -> [ChangeLine] {
        var lines: [ChangeLine] = []
        var pending = ""
        for line in changes.flatMap({ $0.split(whereSeparator: \.isNewline) }) {
            let trimmed = Text.trim(line)
            if trimmed.hasPrefix("#") || trimmed.isEmpty { continue }
            if trimmed.hasSuffix("\\") {
                pending += trimmed.dropLast()
            } else {
                lines.append(ChangeLine(pending + trimmed))
                pending = ""
            }
        }
        if !Text.trim(pending).isEmpty { lines.append(ChangeLine(pending)) }
        return lines
    }

    private init(_ line: String) {
        let line = Text.trim(line)
        let name = line.prefix { !$0.isWhitespace }
        instruction = name.uppercased()
        arguments = Text.trim(line.dropFirst(name.count))
    }

    /// The arguments as a JSON array of strings, when they are one: the exec form.
    var execForm: [String]? { JSONStringArray.parse(arguments) }

    /// The exec form, or else the whole line for a shell.
    func command(shell: [String]) -> [String] {
        execForm ?? shell + [arguments]
    }
}

enum Text {
    static func trim(_ text: some StringProtocol) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
