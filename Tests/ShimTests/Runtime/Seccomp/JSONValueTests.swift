// The JSON reader.
@testable import ShimServer
import Testing

@Suite struct JSONValueTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" true ", .bool(true)), ("false", .bool(false)), ("-1.5e3", .number("-1.5e3")), ("\"\"", .string("")),
        ("[]", .array([])), ("{}", .object([:])), ("[1, [2], {}]", .array([.number("1"), .array([.number("2")]), .object([:])])),
        ("{\"a\": {\"b\": null}, \"c\": \"d\"}", .object(["a": .object(["b": .null]), "c": .string("d")])),
        (#""a\"\\\/\b\f\n\r\t\u00e9""#, .string("a\"\\/\u{8}\u{c}\n\r\té")),
        (#""\ud83d\ude00""#, .string("😀")), (#""\ud83dx""#, .string("\u{fffd}x")),
        ("\"naïve\"", .string("naïve")), ("{\"a\":1,\"a\":2}", .object(["a": .number("2")])),
    ])
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue.parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "tru", "nul", "1 2", "\"", "\"\\x\"", "\"\\u12\"",
        "\"\n\"", "--1", "1e", "}", "[1}", String(repeating: "[", count: 40),
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONValue.Failure.self) { try JSONValue.parse(text) }
    }

    @Test func saysWhere() {
        #expect(throws: JSONValue.Failure(message: "expected ':'", offset: 5)) { try JSONValue.parse("{\"a\" 1}") }
    }
}
