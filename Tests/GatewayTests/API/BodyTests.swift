// Bodies of requests: what is accepted, and in which words the rest is refused.
import Testing

@testable import GatewayAPI

@Suite("Request bodies") struct BodyTests {
    private static let create = "/v1.47/containers/create"

    @Test(arguments: [
        ("", "invalid JSON: got EOF while reading request body"),
        ("{", "invalid JSON: unexpected EOF"),
        ("{\"Image\":\"a\"} {}", "unexpected content after JSON"),
        ("[]", "invalid JSON: "),
        ("{}", "config cannot be empty in order to create a container"),
        ("{\"HostConfig\":{}}", "config cannot be empty in order to create a container"),
        ("{\"Image\":5}", "invalid JSON: Image: "),
        ("{\"Image\":\"a\",\"HostConfig\":{\"Memory\":\"1g\"}}", "invalid JSON: HostConfig.Memory: "),
        ("{\"Image\":\"a\",\"HostConfig\":{\"Memory\":1.5}}", "invalid JSON: HostConfig.Memory: the value doesn't fit Int64"),
        ("{\"Image\":\"a\",\"Env\":[\"a\",7]}", "invalid JSON: Env[1]: "),
        ("{\"Image\":\"a\",\"Cmd\":{}}", "invalid JSON: Cmd: "),
        ("{\"Image\":\"a\",\"HostConfig\":{\"BlkioWeight\":70000}}", "invalid JSON: HostConfig.BlkioWeight: the value doesn't fit UInt16"),
    ])
    func aBadBodyIsRefusedInWords(_ body: String, _ words: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.json("POST", Self.create, body)
            #expect(answer.status == 400)
            #expect(answer.text.hasPrefix("{\"message\":\"\(words)"), "\(answer.text)")
            #expect(server.engine.calls.isEmpty)
        }
    }

    /// What curl says of any upload: the body is read for parameters, and there for the route all the same.
    @Test func anUploadThatSaysItIsAFormIsTaken() async throws {
        try await TestServer.with { server in
            let headers = ["Content-Type: application/x-www-form-urlencoded"]
            let answer = try await server.send("POST", "/images/load?quiet=0", headers: headers, body: "tarball")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(server.engine.calls == ["load quiet=false"])
        }
    }

    @Test(arguments: [
        ("text/plain", "unsupported Content-Type header (text/plain): must be 'application/json'"),
        ("", "unsupported Content-Type header (): must be 'application/json'"),
    ])
    func anotherContentTypeIsRefused(_ type: String, _ words: String) async throws {
        try await TestServer.with { server in
            let headers = type.isEmpty ? [] : ["Content-Type: \(type)"]
            let answer = try await server.send("POST", Self.create, headers: headers, body: "{\"Image\":\"a\"}")
            #expect(answer.status == 400)
            #expect(answer.text == "{\"message\":\"\(words)\"}\n")
        }
    }

    @Test func aContentTypeMayHaveParameters() async throws {
        try await TestServer.with { server in
            let answer = try await server.send(
                "POST", Self.create + "?name=n&platform=linux/amd64", headers: ["Content-Type: Application/JSON; charset=utf-8"],
                body: "{\"Image\":\"a\"}")
            #expect(answer.status == 201)
            #expect(answer.text.contains("\"Warnings\":[]"))
            #expect(server.engine.calls == ["create n linux/amd64"])
        }
    }

    @Test func aBodyBeyondTheLimitIsRefusedAndTheConnectionCloses() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(
                "POST \(Self.create) HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(JSONBody.limit + 1)\r\n\r\n")
            let answer = try await client.response()
            #expect(answer.status == 413)
            #expect(answer.text == "{\"message\":\"the request body exceeds 4 MiB\"}\n")
            #expect(answer.header("Connection") == "close")
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test func aChunkedBodyBeyondTheLimitIsRefused() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(
                "POST \(Self.create) HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            let piece = String(repeating: " ", count: 1 << 20)
            for _ in 0..<5 { try? await client.write("100000\r\n\(piece)\r\n") }
            #expect(try await client.response().status == 413)
            await client.close()
        }
    }

    @Test func startRefusesABody() async throws {
        try await TestServer.with { server in
            let answer = try await server.json("POST", "/containers/c/start", "{\"Binds\":[]}")
            #expect(answer.status == 400)
            #expect(answer.text.contains("starting container with non-empty request body was deprecated"))
            #expect(server.engine.calls.isEmpty)
        }
    }

    @Test func headersBeyondTheLimitAreRefusedInWords() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("GET /_ping HTTP/1.1\r\nHost: d\r\nX-Long: \(String(repeating: "x", count: 300 << 10))\r\n\r\n")
            let answer = try await client.response()
            #expect(answer.status == 431)
            #expect(answer.text.contains("headers exceed 256 KiB"))
            #expect(answer.header("Api-Version") == "1.52")
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test(arguments: ["NONSENSE\r\n\r\n", "GET /_ping HTTP/9.9\r\n\r\n", "GET /_ping HTTP/1.1\r\nno colon\r\n\r\n"])
    func whatIsNoRequestIsRefusedInWords(_ bytes: String) async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(bytes)
            let answer = try await client.response()
            #expect(answer.status == 400)
            #expect(answer.text.hasPrefix("{\"message\":\"malformed HTTP request"))
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test func oldClientsReadErrorsAsTextAndTakeTheEndedForKilled() async throws {
        try await TestServer.with { server in
            let old = try await server.send("GET", "/v1.23/containers/missing/json")
            #expect(old.status == 404 && old.text == "No such container: missing\n")
            #expect(old.head.contains("text/plain"))
            let new = try await server.send("GET", "/v1.24/containers/missing/json")
            #expect(new.status == 404 && new.text == "{\"message\":\"No such container: missing\"}\n")
            #expect(try await server.send("POST", "/v1.19/containers/ended/kill").status == 204)
            let kept = try await server.send("POST", "/v1.20/containers/ended/kill")
            #expect(kept.status == 409 && kept.text == "cannot kill container: ended: container ended is not running\n")
        }
    }

    @Test func execBodiesHaveTheirRules() async throws {
        try await TestServer.with { server in
            let none = try await server.json("POST", "/containers/c/exec", "{\"Cmd\":[]}")
            #expect(none.status == 400)
            #expect(none.text == "{\"message\":\"No exec command specified\"}\n")
            let text = try await server.json("POST", "/containers/c/exec", "{\"Cmd\":\"ls\"}")
            #expect(text.status == 400 && text.text.contains("Cmd: expected an array, found a string"))
            let made = try await server.json("POST", "/containers/c/exec", "{\"Cmd\":[\"ls\"]}")
            #expect(made.status == 201)
            #expect(made.text == "{\"Id\":\"e1\"}\n")
            let detached = try await server.json("POST", "/exec/e1/start", "{\"Detach\":true}")
            #expect(detached.status == 200)
            let empty = try await server.json("POST", "/exec/e1/start", "")
            #expect(empty.status == 400)
            #expect(empty.text.contains("got EOF while reading request body"))
            #expect(server.engine.calls == ["exec c ls", "exec detached e1"])
            let inspected = try await server.send("GET", "/exec/e1/json")
            #expect(inspected.text.contains("\"ExitCode\":null"))
        }
    }
}
