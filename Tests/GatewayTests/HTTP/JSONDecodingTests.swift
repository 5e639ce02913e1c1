// JSON bodies by Go's rules: which documents there are, and what becomes of keys, nulls and numbers.
import Models
import Testing

@testable import GatewayAPI

@Suite("JSON by Go's rules") struct JSONDecodingTests {
    private func parse(_ text: String) throws -> JSONValue {
        var scanner = JSONScanner(Array(text.utf8))
        let value = try scanner.document()
        let isWhole = scanner.isAtEnd()
        #expect(isWhole)
        return value
    }

    private func decode<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONValueDecoder(parse(text)).decode(type)
    }

    @Test(arguments: [
        ("\"a\\u00e9\\n\\\"\\/\"", "aé\n\"/"), ("\"\\ud83d\\ude00\"", "😀"), ("\"\\ud83d\"", "\u{fffd}"), ("\"\\ud83dx\"", "\u{fffd}x"),
        ("\"\\ude00\\ud83d\"", "\u{fffd}\u{fffd}"), ("  \"x\"\t\r\n", "x"),
    ])
    func stringsAreUnescaped(_ text: String, _ expected: String) throws {
        #expect(try parse(text) == .string(expected))
    }

    @Test func brokenUTF8IsReplaced() throws {
        var scanner = JSONScanner([0x22, 0x61, 0xff, 0x22])
        let value = try scanner.document()
        #expect(value == .string("a\u{fffd}"))
    }

    @Test(arguments: [
        "", "{", "[1,", "{\"a\"}", "{\"a\":1,}", "[1,]", "nul", "tru", "01x", "-", "1.", "1e", "+1", "\"\\x\"", "\"\\u12g4\"",
        "\"a\u{1}b\"", "\"a",
        "'a'", "NaN", "{a:1}",
    ])
    func whatIsNoDocumentIsRefused(_ text: String) {
        #expect(throws: JSONSyntaxError.self) {
            var scanner = JSONScanner(Array(text.utf8))
            _ = try scanner.document()
            if !scanner.isAtEnd() { throw JSONSyntaxError(words: "trailing", offset: 0) }
        }
    }

    /// A short text can be many values, and each takes much memory.
    @Test func thereIsAnEndToValues() throws {
        let full = "[" + Array(repeating: "0", count: JSONScanner.valueLimit - 1).joined(separator: ",") + "]"
        #expect(try parse(full) != .null)
        var scanner = JSONScanner(Array("[\(full)]".utf8))
        #expect(throws: JSONSyntaxError.self) { _ = try scanner.document() }
    }

    /// Go's words, which clients look for.
    @Test(arguments: [
        ("{invalid", "invalid character 'i' looking for beginning of object key string"), ("", "unexpected EOF"), ("{", "unexpected EOF"),
        ("{\"a\"}", "invalid character '}' after object key"), ("{\"a\":1;", "invalid character ';' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"), ("tru?", "invalid character '?' in literal true (expecting 'e')"),
        ("'a'", #"invalid character '\'' looking for beginning of value"#), ("-x", "invalid character 'x' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"), ("\"\n\"", #"invalid character '\n' in string literal"#),
        ("\u{1}", #"invalid character '\x01' looking for beginning of value"#),
    ])
    func whatIsWrongIsSaidInKnownWords(_ text: String, _ words: String) {
        var scanner = JSONScanner(Array(text.utf8))
        let error = #expect(throws: JSONSyntaxError.self) { _ = try scanner.document() }
        #expect(error?.words == words)
    }

    @Test func depthIsBounded() throws {
        let deep = JSONScanner.depthLimit
        #expect(throws: Never.self) { try parse(String(repeating: "[", count: deep) + String(repeating: "]", count: deep)) }
        #expect(throws: JSONSyntaxError.self) {
            var scanner = JSONScanner(Array(repeating: UInt8(ascii: "["), count: 1_000_000))
            _ = try scanner.document()
        }
    }

    @Test func theCaseOfKeysDoesNotMatterButThatOfAMapsKeysDoes() throws {
        let text = #"{"image":"a","ENV":["A=b"],"hostconfig":{"memory":7,"Binds":null},"labels":{"Image":"1","image":"2"}}"#
        let request = try decode(text, as: ContainerCreateRequest.self)
        #expect(request.config?.image == "a")
        #expect(request.config?.env == ["A=b"])
        #expect(request.config?.labels == ["Image": "1", "image": "2"])
        #expect(request.hostConfig?.memory == 7)
    }

    @Test func theExactKeyGoesFirstAndTheLastOfTwoCounts() throws {
        let request = try decode(#"{"IMAGE":"other","Image":"one","Image":"two"}"#, as: ContainerCreateRequest.self)
        #expect(request.config?.image == "two")
    }

    @Test func nullLeavesTheZeroValue() throws {
        let host = #"{"Mounts":[null],"Memory":null,"LogConfig":null}"#
        let text = #"{"Image":null,"Tty":null,"Env":[null,"A=b"],"StopTimeout":null,"HostConfig":\#(host)}"#
        let request = try decode(text, as: ContainerCreateRequest.self)
        #expect(request.config?.image == "")
        #expect(request.config?.env == ["", "A=b"])
        #expect(request.config?.stopTimeout == nil)
        #expect(request.hostConfig?.mounts.count == 1)
        #expect(request.hostConfig?.logConfig.type == "")
    }

    @Test func numbersKeepEveryDigit() throws {
        #expect(try decode("9223372036854775807", as: Int64.self) == .max)
        #expect(try decode("18446744073709551615", as: UInt64.self) == .max)
        #expect(throws: DecodingError.self) { try decode("9223372036854775808", as: Int64.self) }
        #expect(throws: DecodingError.self) { try decode("1.0", as: Int.self) }
        #expect(try decode("1.5e3", as: Double.self) == 1500)
    }

    @Test func filtersComeInTwoForms() throws {
        func filters(_ text: String) throws -> [String: [String]] {
            try QueryParameters("filters=" + PercentEncoding.encodeQuery(text)).filters(accepting: ["label", "name"]).fields
        }
        #expect(try filters(#"{"label":["a=b","c"],"name":{"x":true,"y":false}}"#) == ["label": ["a=b", "c"], "name": ["x", "y"]])
        #expect(try filters("null") == [:])
        for text in ["[]", "{", #"{"label":"a"}"#, #"{"label":[1]}"#, #"{"label":{"a":1}}"#, #"{"other":["a"]}"#, #"{"label":["a"]} x"#] {
            #expect(throws: (any Error).self, "\(text)") { try filters(text) }
        }
    }

    @Test func aFormCountsAsParameters() async throws {
        try await TestServer.with { server in
            let form = ["Content-Type: application/x-www-form-urlencoded; charset=utf-8"]
            let answer = try await server.send("POST", "/containers/c/stop?t=3&signal=HUP", headers: form, body: "t=9")
            #expect(answer.status == 204)
            #expect(server.engine.calls == ["stop c 9 HUP"])
        }
    }
}
