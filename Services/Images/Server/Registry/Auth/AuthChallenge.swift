// What a registry answers to a request without authorization (RFC 9110, 11.6.1).

/// One challenge of a `WWW-Authenticate` header.
struct AuthChallenge: Sendable, Equatable {
    /// In lower case: `basic`, `bearer`.
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String]

    /// The challenges of a header's value, in order. What can't be read ends the list.
    static func parse(_ header: String) -> [AuthChallenge] {
        var scanner = Scanner(rest: Array(header.utf8)[...])
        var challenges: [AuthChallenge] = []
        while let word = scanner.token() {
            if scanner.take(UInt8(ascii: "=")) {
                guard !challenges.isEmpty, let value = scanner.value() else { return challenges }
                challenges[challenges.count - 1].parameters[word.lowercased()] = value
            } else {
                challenges.append(AuthChallenge(scheme: word.lowercased(), parameters: [:]))
            }
            scanner.skip([UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t")])
        }
        return challenges
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ bytes: Set<UInt8>) { rest = rest.drop { bytes.contains($0) } }

        mutating func token() -> String? {
            let token = rest.prefix { Self.isToken($0) }
            rest = rest.dropFirst(token.count)
            return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest.removeFirst()
            return true
        }

        /// A token or a quoted string.
        mutating func value() -> String? {
            guard take(UInt8(ascii: "\"")) else { return token() }
            var text: [UInt8] = []
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
                if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() { text.append(escaped) } else { text.append(byte) }
            }
            return nil
        }

        private static func isToken(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "!#$%&'*+-.^_`|~/:".utf8.contains(byte)
            }
        }
    }
}
