// What the routes make of a request, and what they answer, seen from the wire.
import Testing

@testable import GatewayAPI

@Suite("Routes") struct RouteTests {
    struct Expectation: Sendable, CustomTestStringConvertible {
        let method: String
        let target: String
        var body = ""
        let status: Int
        /// What the engine was asked.
        let call: String
        var testDescription: String { "\(method) \(target)" }
    }

    static let calls: [Expectation] = [
        .init(method: "GET", target: "/containers/json", status: 200, call: "list all=false limit=- labels=[]"),
        .init(method: "GET", target: "/v1.40/containers/json?all=1&limit=2&size=0", status: 200, call: "list all=true limit=2 labels=[]"),
        .init(method: "GET", target: "/containers/json?limit=-1", status: 200, call: "list all=false limit=- labels=[]"),
        .init(
            method: "GET", target: "/containers/json?filters=%7B%22label%22%3A%7B%22a%3Db+c%22%3Atrue%7D%7D", status: 200,
            call: "list all=false limit=- labels=[\"a=b c\"]"),
        .init(
            method: "GET", target: "/containers/json?filters=%7B%22label%22%3A%5B%22x%22%5D%7D", status: 200,
            call: "list all=false limit=- labels=[\"x\"]"),
        .init(method: "GET", target: "/containers/c/json?size=true", status: 200, call: "inspect c size=true"),
        .init(method: "GET", target: "/containers/c/top?ps_args=aux", status: 200, call: "top c aux"),
        .init(method: "GET", target: "/containers/c/top", status: 200, call: "top c -"),
        .init(method: "POST", target: "/containers/c/start", status: 204, call: "start c"),
        .init(method: "POST", target: "/containers/c/start", body: "{}", status: 204, call: "start c"),
        .init(method: "POST", target: "/containers/running/start", status: 304, call: "start running"),
        .init(method: "POST", target: "/containers/c/stop?t=-1&signal=INT", status: 204, call: "stop c -1 INT"),
        .init(method: "POST", target: "/v1.41/containers/c/stop?t=5&signal=INT", status: 204, call: "stop c 5 -"),
        .init(method: "POST", target: "/containers/c/restart", status: 204, call: "restart c"),
        .init(method: "POST", target: "/containers/c/kill?signal=SIGHUP", status: 204, call: "kill c SIGHUP"),
        .init(method: "POST", target: "/containers/c/kill", status: 204, call: "kill c -"),
        .init(method: "POST", target: "/containers/c/pause", status: 204, call: "pause c"),
        .init(method: "POST", target: "/containers/c/unpause", status: 204, call: "unpause c"),
        .init(method: "POST", target: "/containers/c/rename?name=d", status: 204, call: "rename c d"),
        .init(method: "POST", target: "/containers/c/resize?h=24&w=80", status: 200, call: "resize c 24x80"),
        .init(
            method: "DELETE", target: "/containers/c?v=1&force=yes&link=none", status: 204, call: "remove c v=true force=true link=false"),
        .init(method: "POST", target: "/exec/e/resize?h=1&w=2", status: 200, call: "exec resize e 1x2"),
        .init(method: "GET", target: "/images/json?all=1&shared-size=1", status: 200, call: "images all=true shared=true"),
        .init(method: "GET", target: "/images/a.example:5000/b/c:tag/json", status: 200, call: "image a.example:5000/b/c:tag"),
        .init(method: "GET", target: "/images/a%2Fb%40sha256:1/json", status: 200, call: "image a/b@sha256:1"),
        .init(method: "POST", target: "/images/a/b/tag?repo=x/y&tag=z", status: 201, call: "tag a/b x/y:z"),
        .init(method: "POST", target: "/images/a/tag?repo=x", status: 201, call: "tag a x"),
        .init(method: "DELETE", target: "/images/a/b:c?force=1", status: 200, call: "rmi a/b:c force=true"),
        .init(
            method: "POST", target: "/images/create?fromSrc=-&repo=r&tag=t&changes=CMD+x&changes=ENV+a%3Db", body: "tar", status: 200,
            call: "import r:t [\"CMD x\", \"ENV a=b\"]"),
        .init(method: "POST", target: "/images/load?quiet=0", body: "tarball", status: 200, call: "load quiet=false"),
    ]

    @Test(arguments: calls) func aRequestReachesTheEngine(_ expectation: Expectation) async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let headers = expectation.target.contains("/start") && !expectation.body.isEmpty ? ["Content-Type: application/json"] : []
            let answer = try await server.send(expectation.method, expectation.target, headers: headers, body: expectation.body)
            #expect(answer.status == expectation.status, "\(answer.text)")
            #expect(engine.calls == [expectation.call])
        }
    }

    @Test(arguments: [
        ("GET", "/nowhere", 404, "page not found"),
        ("GET", "/", 404, "page not found"),
        ("PUT", "/containers/json", 404, "page not found"),
        ("POST", "/containers/c/copy", 404, "page not found"),
        (
            "GET", "/v1.17/info", 400,
            "client version 1.17 is too old. Minimum supported API version is 1.18, please upgrade your client to a newer version"
        ),
        ("GET", "/v1.53/info", 400, "client version 1.53 is too new. Maximum supported API version is 1.52"),
        ("GET", "/v2.0/info", 400, "client version 2.0 is too new. Maximum supported API version is 1.52"),
        ("GET", "/v1.2.3/info", 400, "invalid API version 1.2.3: it must be like 1.52"),
        ("GET", "/containers/missing/json", 404, "No such container: missing"),
        ("POST", "/containers/ended/kill", 409, "cannot kill container: ended: container ended is not running"),
        (
            "POST", "/images/create?fromImage=a&platform=bogus", 400,
            "\"bogus\": unknown operating system or architecture: invalid argument"
        ),
        (
            "POST", "/images/create?fromImage=a&platform=linux/bo+gus", 400,
            "\"bo gus\" is an invalid component of \"linux/bo gus\": platform specifier component must match "
                + "\"^[A-Za-z0-9_.-]+$\": invalid argument"
        ),
        ("POST", "/images/create?fromImage=a&platform=a/b/c/d", 400, "\"a/b/c/d\": cannot parse platform specifier: invalid argument"),
        ("GET", "/containers/broken/json", 500, "the shim doesn't answer"),
        ("GET", "/images/missing/json", 404, "No such image: missing"),
        ("GET", "/networks/missing", 404, "network missing not found"),
        ("GET", "/containers/json?filters=%7B%22x%22%3A%5B%22y%22%5D%7D", 400, "invalid filter 'x'"),
        ("GET", "/containers/json?filters=nonsense", 400, "invalid filter"),
        ("GET", "/containers/json?all=%zz", 400, "invalid URL escape in the query at \"all=%zz\""),
        ("GET", "/containers/json?limit=x", 400, "strconv.Atoi: parsing \"x\": invalid syntax"),
        ("POST", "/containers/c/stop?t=soon", 400, "strconv.Atoi: parsing \"soon\": invalid syntax"),
        ("POST", "/containers/c/rename", 400, "Neither old nor new names may be empty"),
        ("POST", "/containers/c/resize?h=x&w=1", 400, "invalid resize height \"x\": invalid syntax"),
        ("POST", "/containers/c/resize?h=1", 400, "invalid resize width \"\": invalid syntax"),
        ("POST", "/exec/e/resize?h=1&w=-100", 400, "invalid resize width \"-100\": value out of range"),
        ("POST", "/exec/e/resize?h=4294967296&w=1", 400, "invalid resize height \"4294967296\": value out of range"),
        ("POST", "/containers/c/wait?condition=later", 400, "invalid condition: \"later\""),
        ("GET", "/containers/c/logs", 400, "Bad parameters: you must choose at least one stream"),
        ("GET", "/containers/c/logs?stdout=1&since=yesterday", 400, "failed to parse value as time or duration: \"yesterday\" (since)"),
        ("POST", "/containers/c/start?checkpoint=x", 400, "checkpoint is only supported in experimental mode"),
        ("POST", "/images/a:v1/push?tag=%20", 400, "invalid tag format"),
        ("POST", "/images/create?fromImage=missing", 404, "manifest unknown"),
        ("POST", "/images/create?fromImage=UPPER", 400, "invalid reference format: repository name (library/UPPER) must be lowercase"),
        ("POST", "/images/create?fromImage=busybox&tag=%2Fx", 400, "invalid tag format"),
        (
            "GET", "/images/a/json?platform=linux/arm64", 400, "failed to parse platform: linux/arm64"
        ),
        ("GET", "/events?since=5&until=3", 400, "`since` time (5) cannot be after `until` time (3)"),
    ])
    func aFailureHasItsStatusAndWords(_ method: String, _ target: String, _ status: Int, _ message: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.send(method, target)
            #expect(answer.status == status)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.text == "{\"message\":\"\(message.replacing("\"", with: "\\\""))\"}\n")
        }
    }

    /// Clients of versions without the field don't mean it.
    @Test(arguments: [("/v1.47", ""), ("/v1.48", " ipv4=false")])
    func networksOfOlderClientsHaveIPv4(_ version: String, _ family: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.json("POST", "\(version)/networks/create", #"{"Name":"six","EnableIPv4":false}"#)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(server.engine.calls == ["network create six  internal=false\(family)"])
        }
    }

    @Test(arguments: ["/swarm", "/nodes", "/services/x", "/tasks", "/secrets", "/configs/a"])
    func swarmIsRefusedAsByANodeThatIsNoManager(_ target: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.send("GET", target)
            #expect(answer.status == 503)
            #expect(answer.text.contains("This node is not a swarm manager."))
        }
    }

    @Test func pingTellsTheVersionWhateverElseIsDown() async throws {
        try await TestServer.with { server in
            for (method, body) in [("GET", "OK"), ("HEAD", "")] {
                let answer = try await server.send(method, "/_ping")
                #expect(answer.status == 200)
                #expect(answer.text == body)
                #expect(answer.header("Content-Length") == "\(body.utf8.count)" || method == "GET")
                #expect(answer.header("Api-Version") == "1.52")
                #expect(answer.header("Ostype") == "linux")
                #expect(answer.header("Docker-Experimental") == "false")
                #expect(answer.header("Builder-Version") == "1")
                #expect(answer.header("Swarm") == "inactive")
                #expect(answer.header("Cache-Control") == "no-cache, no-store, must-revalidate")
                #expect(answer.header("Pragma") == "no-cache")
                #expect(answer.header("Server") == "Docker/29.0.0 (linux)")
            }
            #expect(server.engine.calls.isEmpty)
        }
    }

    @Test func everyAnswerOnOneConnectionHasTheCommonHeaders() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            for target in ["/nowhere", "/v1.30/version", "/containers/missing/json", "/volumes", "/plugins"] {
                let answer = try await client.send("GET", target)
                #expect(answer.header("Api-Version") == "1.52")
                #expect(answer.header("Ostype") == "linux")
            }
            let volumes = try await client.send("GET", "/volumes").text
            #expect(volumes.contains("\"Volumes\":[]") && volumes.contains("\"Warnings\":[]"))
            #expect(try await client.send("GET", "/plugins").text == "[]\n")
            #expect(try await client.send("OPTIONS", "/anything").status == 200)
            await client.close()
        }
    }

    @Test func manyClientsAreAnsweredAtOnce() async throws {
        try await TestServer.with { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let client = try await server.connect()
                        for _ in 0..<10 { #expect(try await client.send("GET", "/_ping").text == "OK") }
                        await client.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func requestsSentTogetherAreAnsweredInOrder() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            let ping = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
            try await client.write(ping + "GET /nowhere HTTP/1.1\r\nHost: d\r\n\r\n" + ping)
            #expect(try await client.response().status == 200)
            #expect(try await client.response().status == 404)
            #expect(try await client.response().text == "OK")
            await client.close()
        }
    }
}
