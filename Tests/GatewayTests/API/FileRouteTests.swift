// The routes about containers' files: headers, bodies, statuses.
import Foundation
import Testing

@testable import GatewayAPI

@Suite struct FileRouteTests {
    @Test(arguments: ["HEAD", "GET"]) func theStatusTravelsInAHeader(method: String) async throws {
        try await TestServer.with { server in
            let reply = try await server.send(method, "/containers/c/archive?path=%2Ff")
            let header = try #require(reply.header("X-Docker-Container-Path-Stat").flatMap { Data(base64Encoded: $0) })
            // 0o755, with Go's bit for set-user-ID.
            #expect(String(decoding: header, as: UTF8.self).contains(#""mode":8389101"#))
            #expect(reply.status == 200 && reply.text == (method == "GET" ? "tarball" : ""))
        }
    }

    @Test func anArchiveIsUploaded() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let target = "/containers/c/archive?path=/etc&noOverwriteDirNonDir=true&copyUIDGID=1"
            let reply = try await server.send("PUT", target, headers: ["Content-Type: application/x-tar"], body: "archive")
            #expect(reply.status == 200 && engine.uploaded == 7 && engine.calls == ["write c /etc keeps=true owner=true"])
        }
    }

    @Test(arguments: [
        ("GET", "/containers/c/archive", 400), ("PUT", "/containers/c/archive?path=", 400),
        ("HEAD", "/containers/c/archive?path=/missing", 404),
        ("GET", "/containers/c/archive?path=/missing", 404), ("GET", "/containers/missing/export", 404),
        ("GET", "/containers/missing/changes", 404), ("GET", "/containers/c/export", 200),
    ])
    func statuses(method: String, target: String, status: Int) async throws {
        try await TestServer.with { server in
            let reply = try await server.send(method, target)
            #expect(reply.status == status)
        }
    }

    @Test func noChangesAreNull() async throws {
        try await TestServer.with { server in
            let none = try await server.send("GET", "/containers/same/changes")
            let some = try await server.send("GET", "/containers/c/changes")
            #expect(none.text == "null\n" && some.text.contains(#""Path":"/a""#) && some.text.contains(#""Kind":1"#))
        }
    }
}
