// Path patterns, the route table, and addresses.
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RPC
import Testing

@testable import GatewayAPI

@Suite("Routing") struct RoutingTests {
    @Test(
        arguments: [
            ("/containers/json", "containers/json", [:]),
            ("/containers/{name}/json", "containers/a/json", ["name": "a"]),
            ("/containers/{name}", "containers/a/b", nil),
            ("/containers/{name}/json", "containers//json", nil),
            ("/networks/", "networks/", [:]),
            ("/networks/", "networks", nil),
            ("/networks/{name}", "networks/", nil),
            ("/images/{name...}/json", "images/a/json", ["name": "a"]),
            ("/images/{name...}/json", "images/a/b/c:d/json", ["name": "a/b/c:d"]),
            ("/images/{name...}/json", "images/json/json", ["name": "json"]),
            ("/images/{name...}/json", "images/json", nil),
            ("/images/{name...}/json", "images/a/b", nil),
            ("/images/{name...}", "images/a/b@sha256:c", ["name": "a/b@sha256:c"]),
            ("/images/{name...}", "images", nil),
            ("/a/{x}/b/{y}", "a/1/b/2", ["x": "1", "y": "2"]),
        ] as [(String, String, [String: String]?)])
    func patterns(_ pattern: String, _ path: String, _ parameters: [String: String]?) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        #expect(RoutePattern(pattern).match(segments) == parameters)
    }

    @Test(
        arguments: [
            ("/containers//web/json", "/containers/web/json"), ("/v1.41//info?a=//b", "/v1.41/info?a=//b"),
            ("/containers/%2Fa%20b%3F/json", "/containers/a%20b%3F/json"), ("//", "/"), ("/networks//", "/networks/"),
            ("/a/./b/../c", "/a/c"), ("/../..", "/"), ("/networks/", nil), ("/", nil), ("/images/a/b:c/json", nil), ("*", nil),
            ("/a/%zz//", nil),
        ] as [(String, String?)])
    func doubledSlashesLeadElsewhere(_ target: String, _ cleaned: String?) {
        #expect(RequestPath.cleaned(target) == cleaned)
    }

    @Test func aClientIsSentToTheCleanPath() async throws {
        try await TestServer.with { server in
            let reply = try await server.send("GET", "/v1.41/containers//web/json?size=1")
            #expect(reply.status == 301 && reply.header("location") == "/v1.41/containers/web/json?size=1")
        }
    }

    @Test func theFirstRouteOfTheMethodAnswers() {
        let none: RouteHandler = { _ in Response(status: .ok) }
        let table = RouteTable([.get("/a/{x}", none), .get("/a/b", none), .post("/a/b", none)])
        #expect(table.find(.get, ["a", "b"])?.route.pattern.text == "/a/{x}")
        #expect(table.find(.post, ["a", "b"])?.route.pattern.text == "/a/b")
        #expect(table.find(.delete, ["a", "b"]) == nil)
    }

    @Test func theOldestVersionIsTheEngines() async throws {
        try await TestServer.with(FakeEngine(oldestVersion: APIVersion(1, 44))) { server in
            let refused = try await server.send("GET", "/v1.43/info")
            #expect(
                refused.status == 400
                    && refused.text.contains(
                        "client version 1.43 is too old. Minimum supported API version is 1.44, please upgrade your client"
                    ))
            #expect(try await server.send("GET", "/v1.44/info").status == 200)
            #expect(try await server.send("GET", "/info").status == 200)
            #expect(try await server.send("OPTIONS", "/v1.20/info").status == 400)
        }
    }

    @Test func noTwoRoutesAreTheSame() {
        let routes = EngineAPI(FakeEngine().backends).routes.map { "\($0.method) \($0.pattern.text)" }
        #expect(Set(routes).count == routes.count)
        #expect(routes.count > 90)
    }

    @Test(arguments: RPCError.Code.allCases) func everyCodeHasAStatus(_ code: RPCError.Code) {
        let failure = EngineFailure(RPCError(code, "words"))
        #expect((300..<600).contains(failure.status.code))
        #expect(failure.message == "words")
    }

    @Test func statusesAreDockersOwn() {
        let expected: [(RPCError.Code, Int)] = [
            (.invalidParameter, 400), (.unauthorized, 401), (.forbidden, 403), (.notFound, 404), (.notModified, 304), (.conflict, 409),
            (.notImplemented, 501), (.unavailable, 503), (.internalError, 500), (.deadlineExceeded, 500),
        ]
        for (code, status) in expected { #expect(EngineFailure.status(of: code).code == status) }
    }

    @Test(
        arguments: [
            ("unix:///run/a.sock", .unix("/run/a.sock")), ("tcp://127.0.0.1:99", .tcp(host: "127.0.0.1", port: 99)),
            ("tcp://[::1]:5", .tcp(host: "::1", port: 5)), ("tcp://0.0.0.0", .tcp(host: "0.0.0.0", port: 2375)),
            ("tcp://:5", .tcp(host: "127.0.0.1", port: 5)), ("unix://relative", nil), ("fd://", nil),
            ("tcp://h:x", nil), ("tcp://h:70000", nil), ("0.0.0.0:5", .tcp(host: "0.0.0.0", port: 5)),
            ("[::1]:5", .tcp(host: "::1", port: 5)), ("/run/a.sock", nil), ("http://h:5", nil),
            ("", nil),
        ] as [(String, ListenAddress?)])
    func addresses(_ text: String, _ address: ListenAddress?) {
        #expect(ListenAddress(text) == address)
    }

    @Test(arguments: [
        ("tcp://10.0.0.1:1", false), ("tcp://0.0.0.0", false), ("tcp://[::]:1", false), ("tcp://127.1.2.3", true),
        ("tcp://localhost", true), ("unix:///a", true),
    ])
    func onlyLocalAddressesGoWithoutTLS(_ text: String, _ isLocal: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.isLocal == isLocal)
        #expect(ListenAddress(address.description) == address)
    }

    @Test func framesAreSplitAndNumbered() {
        var buffer = ByteBuffer()
        StreamFrame.append([1, 2, 3], of: .stderr, to: &buffer)
        StreamFrame.append([], of: .stdout, to: &buffer)
        #expect(Array(buffer.readableBytesView) == [2, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 1, 0, 0, 0, 0, 0, 0, 0])
    }
}
