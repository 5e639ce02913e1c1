// Queries, times, durations, filters: read as dockerd reads them.
import Models
import RPC
import Testing

@testable import GatewayAPI

@Suite("Parameters") struct ParameterTests {
    @Test(arguments: [
        ("f=1", true), ("f=true", true), ("f=anything", true), ("f=", false), ("f", false), ("f=0", false), ("f=no", false),
        ("f=FALSE", false), ("f=None", false), ("f=%20no%20", false), ("g=1", false), ("f=0&f=1", false),
    ])
    func flags(_ query: String, _ value: Bool) throws {
        #expect(try QueryParameters(query).flag("f") == value)
    }

    @Test func absentFlagsHaveTheirDefault() throws {
        #expect(try QueryParameters("").flag("f", default: true))
        #expect(try !QueryParameters("f=0").flag("f", default: true))
    }

    @Test func valuesAreDecoded() throws {
        let query = try QueryParameters("a=x+y%26z&a=2&b&=c&d=e=f")
        #expect(query.value("a") == "x y&z")
        #expect(query.all("a") == ["x y&z", "2"])
        #expect(query.value("b") == "")
        #expect(query.text("b") == nil)
        #expect(query.value("d") == "e=f")
        #expect(query.value("missing") == nil)
        #expect(try query.integer("a2") == nil)
        #expect(try QueryParameters("n=-12").integer("n") == -12)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%ff=1"]) func brokenEscapesAreRefused(_ query: String) {
        #expect(throws: RPCError.self) { try QueryParameters(query) }
    }

    @Test(
        arguments: [
            ("/v1.47/containers/a%2Fb/json?x=1", "1.47", ["containers", "a/b", "json"], "x=1"),
            ("/_ping", nil, ["_ping"], ""),
            ("/v1.2.3/x", "1.2.3", ["x"], ""),
            ("/volumes", nil, ["volumes"], ""),
            ("/v/x", nil, ["v", "x"], ""),
            ("/", nil, [""], ""),
            ("", nil, [], ""),
        ] as [(String, String?, [String], String)])
    func targets(_ target: String, _ version: String?, _ segments: [String], _ query: String) throws {
        let path = try RequestPath(target)
        #expect(path.version.map(String.init) == version)
        #expect(path.segments == segments.flatMap { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) })
        #expect(path.query == query)
    }

    @Test(
        arguments: [
            ("{}", [:]), ("{\"a\":[\"x\",\"y\"]}", ["a": ["x", "y"]]), ("{\"a\":{\"y\":true,\"x\":true}}", ["a": ["x", "y"]]),
            ("{\"a\":[]}", [:]), ("", [:]),
        ] as [(String, [String: [String]])])
    func filterForms(_ document: String, _ fields: [String: [String]]) throws {
        let query = try QueryParameters("filters=" + PercentEncoding.encodeQuery(document))
        #expect(try query.filters(accepting: ["a"]).fields == fields)
    }

    @Test(arguments: [
        ("[]", "invalid filter"), ("{\"a\":1}", "invalid filter"), ("{\"a\":[1]}", "invalid filter"), ("{", "invalid filter"),
        ("{\"b\":[\"x\"]}", "invalid filter 'b'"), ("{\"b\":[]}", "invalid filter 'b'"),
    ])
    func badFilters(_ document: String, _ words: String) throws {
        let query = try QueryParameters("filters=" + PercentEncoding.encodeQuery(document))
        #expect(throws: RPCError(.invalidParameter, words)) { try query.filters(accepting: ["a"]) }
    }

    @Test func escapesGoBothWays() {
        let text = "a b+c/ü~%"
        #expect(PercentEncoding.encodeQuery(text) == "a+b%2Bc%2F%C3%BC~%25")
        #expect(PercentEncoding.decode(PercentEncoding.encodeQuery(text), plusIsSpace: true) == text)
        #expect(PercentEncoding.decode("a+b") == "a+b")
    }
}
