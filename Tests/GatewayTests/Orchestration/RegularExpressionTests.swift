// Clients' regular expressions: what they find, what is refused, and that none of them runs for long.
import Testing

@testable import GatewayOrchestration

@Suite struct RegularExpressionTests {
    @Test(
        arguments: [
            ("web", ["web", "my-web-1"], ["we", "WEB"]), ("^/?web$", ["web", "/web"], ["web1"]), ("(?i)WEB", ["a web"], ["w e b"]),
            ("^(?:a|b)+$", ["abba"], ["abc", ""]), ("^a.*?b$", ["ab", "axxb"], ["a"]), ("^\\d{2,3}$", ["12", "123"], ["1", "1234"]),
            ("^[\\w.-]+$", ["a_b.c-d"], ["a b"]), ("^[^\\d]$", ["x"], ["1"]), ("^[]a]+$", ["]a]"], ["["]), ("^[a\\]]+$", ["a]"], ["b"]),
            ("^[\\^]$", ["^"], ["\\", "a"]), ("^[-^]+$", ["^-"], ["a"]), ("^[a^-]+$", ["-^a"], ["b"]), ("^[[:digit:]x]+$", ["1x2"], ["y"]),
            ("^[[.]+$", ["[.["], ["a"]), ("^a{b$", ["a{b"], ["a"]), ("^\\Aab\\z$", ["ab"], ["abc"]), ("a\\.b", ["a.b"], ["axb"]),
            ("", ["", "x"], []),
            ("^\\S+\\sx$", ["a x"], ["ax"]), ("ü", ["grün"], ["gruen"]),
        ] as [(String, [String], [String])])
    func finds(_ pattern: String, _ matching: [String], _ others: [String]) throws {
        let expression = try RegularExpression(pattern)
        #expect(matching.allSatisfy { expression.matches($0) })
        #expect(!others.contains { expression.matches($0) })
    }

    @Test(arguments: [
        "(", "[a", "[[:digit", "a\\", "[\\", "(?P<x>a)", "(?=a)", "(a)\\1", "\\pL", "[\\q]", "a{1001}", "((a{100}){100}){100}", "*a(",
        String(repeating: "a", count: 1025), "a\0b",
    ])
    func refuses(_ pattern: String) {
        #expect(throws: RegularExpression.Fault.self) { try RegularExpression(pattern) }
    }

    /// Any of these would take a backtracking engine longer than the universe has been there.
    @Test(arguments: ["^/?([a-z0-9_-]+)+!$", "^(a|a)*b$", "(.*)*(.*)*(.*)*(.*)*x!", "^(a?){100}a{10}$"])
    func isQuick(_ pattern: String) throws {
        let expression = try RegularExpression(pattern)
        #expect(!expression.matches(String(repeating: "a", count: 4000) + "c"))
    }

    @Test func deepOnesHaveRoom() throws {
        let expression = try RegularExpression(String(repeating: "(", count: 500) + "a" + String(repeating: ")", count: 500))
        #expect(expression.matches("a"))
    }
}
