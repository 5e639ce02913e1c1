// Words as a Dockerfile has them: quotes, escapes and variables.

/// Splits and expands text by the rules of Dockerfiles, which are a part of the shell's.
struct ShellWords {
    /// `NAME=value`, of the config so far.
    let environment: [String]

    /// Splits at blanks outside of quotes, then takes quotes away and puts variables in. Throws `ChangeError`.
    func expand(splitting text: String) throws(ChangeError) -> [String] {
        var words: [String] = []
        for word in try Self.split(text) { words.append(try expand(word)) }
        return words
    }

    /// Splits at blanks outside of quotes; quotes and escapes stay.
    static func split(_ text: String) throws(ChangeError) -> [String] {
        var words: [String] = [], word = "", quote: Character?, isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            word.append(character)
        }
        if let quote {
            let kind = quote == "'" ? "single" : "double"
            throw ChangeError("unexpected end of statement while looking for matching \(kind)-quote")
        }
        return word.isEmpty ? words : words + [word]
    }

    /// Takes quotes away and puts variables in. Throws `ChangeError`.
    func expand(_ word: String) throws(ChangeError) -> String {
        var rest = Substring(word), result = "", quote: Character?
        while let character = rest.popFirst() {
            switch (character, quote) {
            case ("'", nil), ("\"", nil): quote = character
            case ("'", "'"), ("\"", "\""): quote = nil
            case ("\\", "'"), ("$", "'"): result.append(character)
            case ("\\", "\""):
                if let next = rest.first, !["\"", "$", "\\"].contains(next) { result.append("\\") }
                if let next = rest.popFirst() { result.append(next) }
            case ("\\", _): if let next = rest.popFirst() { result.append(next) }
            case ("$", _): result += try variable(&rest)
            default: result.append(character)
            }
        }
        if quote != nil { throw ChangeError("unexpected end of statement while looking for matching quote in \(word)") }
        return result
    }

    /// What comes after a `$`.
    private func variable(_ rest: inout Substring) throws(ChangeError) -> String {
        guard rest.first == "{" else {
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest.dropFirst(name.count)
            return name.isEmpty ? "$" : value(of: name) ?? ""
        }
        guard let end = rest.firstIndex(of: "}") else { throw ChangeError("syntax error: missing '}'") }
        let body = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        let name = body.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard !name.isEmpty else { throw ChangeError("syntax error: bad substitution") }
        let modifier = body.dropFirst(name.count)
        if modifier.isEmpty { return value(of: name) ?? "" }
        let isColon = modifier.first == ":"
        let operation = isColon ? modifier.dropFirst() : modifier
        let current = value(of: name).flatMap { isColon && $0.isEmpty ? nil : $0 }
        switch operation.first {
        case "-":
            if let current { return current }
            return try expand(String(operation.dropFirst()))
        case "+": return current == nil ? "" : try expand(String(operation.dropFirst()))
        default: throw ChangeError("unsupported modifier (\(modifier)) in substitution")
        }
    }

    private func value(of name: Substring) -> String? {
        environment.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
