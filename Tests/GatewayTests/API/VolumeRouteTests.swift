// The volume routes: parameters, versions, statuses.
import Testing

@Suite struct VolumeRouteTests {
    @Test func aVolumeIsMadeAndShown() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let body = #"{"Name":"v","Driver":"local","DriverOpts":{"o":"x"},"Labels":{"a":"b"}}"#
            let reply = try await server.json("POST", "/volumes/create", body)
            #expect(reply.status == 201)
            #expect(reply.text.contains(#""Mountpoint":"/v/v/_data""#) && reply.text.contains(#""Labels":null"#))
            #expect(engine.calls == [#"create volume v local ["o": "x"] ["a": "b"]"#])
        }
    }

    @Test(arguments: [
        ("GET", "/volumes/missing", 404), ("GET", "/volumes/v", 200), ("DELETE", "/volumes/v?force=1", 204),
        ("DELETE", "/volumes/missing", 404), ("GET", "/volumes?filters=%7B%22size%22:%5B%221%22%5D%7D", 400), ("PUT", "/volumes/v", 503),
        ("GET", "/volumes", 200),
    ])
    func statuses(method: String, target: String, status: Int) async throws {
        try await TestServer.with(FakeEngine()) { server in
            let reply = try await server.send(method, target)
            #expect(reply.status == status)
        }
    }

    @Test func clusterVolumesAreASwarmsAffair() async throws {
        try await TestServer.with(FakeEngine()) { server in
            let reply = try await server.json("POST", "/volumes/create", #"{"Name":"v","ClusterVolumeSpec":{}}"#)
            #expect(reply.status == 503 && reply.text.contains("not a swarm manager"))
        }
    }

    /// Older clients meant all volumes.
    @Test func namedVolumesArePrunedBeforeOneFortyTwo() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            _ = try await server.send("POST", "/v1.41/volumes/prune")
            _ = try await server.send("POST", "/v1.42/volumes/prune")
        }
        #expect(engine.calls == [#"prune volumes all=["true"]"#, "prune volumes all=[]"])
    }
}
