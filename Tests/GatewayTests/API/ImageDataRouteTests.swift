// The routes that take images out, make them of containers and account for everything.
import Testing

@Suite struct ImageDataRouteTests {
    @Test(arguments: [
        ("GET", "/images/get?names=a:1&names=b", "", "save [\"a:1\", \"b\"]", 200),
        ("GET", "/images/x/y:1/get", "", "save [\"x/y:1\"]", 200),
        (
            "POST", "/commit?container=c&repo=r&tag=t&pause=0&changes=ENV+a%3Db%0ACMD+x", "null",
            "commit c r:t pauses=false [\"ENV a=b\", \"CMD x\"] -", 201
        ),
        ("POST", "/commit?container=c", #"{"User":"u"}"#, "commit c - pauses=true [] u", 201),
        ("POST", "/images/prune?filters=%7B%22dangling%22:%5B%22false%22%5D%7D", "", "prune images [\"dangling\": [\"false\"]]", 200),
        ("POST", "/build/prune", "", "prune builds", 200),
        ("GET", "/system/df?type=volume", "", "df [\"volume\"]", 200),
        ("GET", "/v1.41/system/df?type=volume", "", "df [\"build-cache\", \"container\", \"image\", \"volume\"]", 200),
    ])
    func requestsReachTheEngine(method: String, target: String, body: String, call: String, status: Int) async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let reply = body.isEmpty ? try await server.send(method, target) : try await server.json(method, target, body)
            #expect(reply.status == status)
            #expect(engine.calls == [call])
        }
    }

    @Test func aCommitNamesItsContainer() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let reply = try await server.json("POST", "/commit", "null")
            #expect(reply.status == 400 && reply.text.contains(#"invalid name or ID supplied: \"\""#) && engine.calls.isEmpty)
            // What is wrong with the body is told first, as dockerd reads that first.
            let torn = try await server.json("POST", "/commit", "{invalid json")
            #expect(torn.status == 400 && torn.text.contains("invalid JSON: invalid character 'i'"), "\(torn.text)")
        }
    }

    @Test func historyIsShown() async throws {
        try await TestServer.with { server in
            let reply = try await server.send("GET", "/images/a/history")
            #expect(reply.text.contains(#""CreatedBy":"make""#) && reply.text.contains(#""Tags":null"#))
            let missing = try await server.send("GET", "/images/missing/history")
            #expect(missing.status == 404)
        }
    }

    @Test func diskUsageHasTheShapeOfItsVersion() async throws {
        try await TestServer.with { server in
            let old = try await server.send("GET", "/v1.51/system/df")
            #expect(old.text.contains(#""Volumes":[{"#) && !old.text.contains("VolumeUsage") && old.text.contains(#""BuildCache":[]"#))
            let new = try await server.send("GET", "/v1.52/system/df")
            #expect(new.text.contains("VolumeUsage") && !new.text.contains("BerthBytes") && !new.text.contains(#""Items""#))
            let verbose = try await server.send("GET", "/v1.52/system/df?verbose=1")
            #expect(verbose.text.contains("BerthBytes") && verbose.text.contains(#""Items""#) && verbose.text.contains(#""Reclaimable":7"#))
            let bad = try await server.send("GET", "/system/df?type=moon")
            #expect(bad.status == 400)
        }
    }
}
