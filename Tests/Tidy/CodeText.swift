// Swift text with comments and string literals blanked out, so that rules about code see code alone.

enum CodeText {
    private enum State: Equatable {
        case code
        case lineComment
        case blockComment(depth: Int)
        /// Number signs and quotes that open and close the literal.
        case string(pounds: Int, quotes: Int)
    }

    /// Same number of lines as the text has; what is blanked out becomes nothing, quotes stay.
    static func lines(of text: String) -> [String] {
        var scanner = Scanner(bytes: Array(text.utf8))
        return scanner.run().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private struct Scanner {
        let bytes: [UInt8]
        var state = State.code
        var index = 0
        var result: [UInt8] = []

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func run() -> String {
            while index < bytes.count { step() }
            return String(decoding: result, as: UTF8.self)
        }

        private mutating func step() {
            switch state {
            case .code: stepCode()
            case .lineComment:
                if bytes[index] == UInt8(ascii: "\n") { state = .code } else { index += 1 }
            case .blockComment(let depth): stepBlockComment(depth)
            case .string(let pounds, let quotes): stepString(pounds, quotes)
            }
        }

        private mutating func stepCode() {
            if starts("//") { return enter(.lineComment, skipping: 2) }
            if starts("/*") { return enter(.blockComment(depth: 1), skipping: 2) }
            var pounds = 0
            while byte(index + pounds) == UInt8(ascii: "#") { pounds += 1 }
            if byte(index + pounds) == UInt8(ascii: "\"") {
                index += pounds
                let quotes = starts("\"\"\"") ? 3 : 1
                result.append(UInt8(ascii: "\""))
                return enter(.string(pounds: pounds, quotes: quotes), skipping: quotes)
            }
            emit(max(pounds, 1))
        }

        private mutating func stepBlockComment(_ depth: Int) {
            if starts("/*") { return enter(.blockComment(depth: depth + 1), skipping: 2) }
            if starts("*/") { return enter(depth == 1 ? .code : .blockComment(depth: depth - 1), skipping: 2) }
            keepNewline()
        }

        private mutating func stepString(_ pounds: Int, _ quotes: Int) {
            let end = String(repeating: "\"", count: quotes) + String(repeating: "#", count: pounds)
            if starts(end) {
                result.append(UInt8(ascii: "\""))
                return enter(.code, skipping: end.utf8.count)
            }
            let escape = "\\" + String(repeating: "#", count: pounds)
            if starts(escape) {
                index += escape.utf8.count
                if byte(index) == UInt8(ascii: "(") { return skipInterpolation() }
            }
            if quotes == 1, byte(index) == UInt8(ascii: "\n") { state = .code }
            keepNewline()
        }

        /// Nested parentheses and literals within are followed, their content dropped.
        private mutating func skipInterpolation() {
            let outer = state
            var depth = 0
            repeat {
                if byte(index) == UInt8(ascii: "(") { depth += 1 }
                if byte(index) == UInt8(ascii: ")") { depth -= 1 }
                let kept = result.count
                state = .code
                stepCode()
                while state != .code, index < bytes.count { step() }
                result.removeLast(result.count - kept)
            } while depth > 0 && index < bytes.count
            state = outer
        }

        private mutating func enter(_ next: State, skipping count: Int) {
            state = next
            index += count
        }

        private mutating func keepNewline() {
            if byte(index) == UInt8(ascii: "\n") { result.append(UInt8(ascii: "\n")) }
            index += 1
        }

        private mutating func emit(_ count: Int) {
            for offset in 0..<count { byte(index + offset).map { result.append($0) } }
            index += count
        }

        private func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

        private func starts(_ text: String) -> Bool { bytes[index...].starts(with: text.utf8) }
    }
}
