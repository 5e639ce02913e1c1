// Answers that take their time: wait, logs, events, progress.
import GatewayBackends
import Synchronization
import Testing

@testable import GatewayAPI

@Suite("Streams of the API") struct StreamRouteTests {
    @Test func waitSendsItsHeadBeforeTheResult() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let client = try await server.connect()
            try await client.write("POST /v1.47/containers/c/wait?condition=next-exit HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
            let head = try await client.head()
            #expect(head.status == 200)
            #expect(head.header("Content-Type") == "application/json")
            #expect(engine.calls == ["wait c next-exit"])
            engine.exit.open()
            #expect(String(decoding: try await client.chunk(), as: UTF8.self) == "{\"StatusCode\":7}\n")
            #expect(try await client.chunk().isEmpty)
            #expect(try await client.send("GET", "/_ping").text == "OK")
            await client.close()
        }
    }

    @Test func waitBefore130IgnoresTheConditionAndAnswersWhole() async throws {
        let engine = FakeEngine()
        engine.exit.open()
        try await TestServer.with(engine) { server in
            let answer = try await server.send("POST", "/v1.29/containers/c/wait?condition=nonsense")
            #expect(answer.header("Content-Length") == "17")
            #expect(engine.calls == ["wait c not-running"])
        }
    }

    private static let framed: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 4] + Array("out\n".utf8) + [2, 0, 0, 0, 0, 0, 0, 4] + Array("err\n".utf8)

    @Test(arguments: [
        ("/v1.47/containers/c/logs?stdout=1&stderr=1", "application/vnd.docker.multiplexed-stream", framed),
        ("/v1.41/containers/c/logs?stdout=1&stderr=1", "application/vnd.docker.raw-stream", framed),
        ("/containers/tty/logs?stdout=1", "application/vnd.docker.raw-stream", Array("out\nerr\n".utf8)),
        (
            "/containers/tty/logs?stdout=1&timestamps=1", "application/vnd.docker.raw-stream",
            Array("1970-01-01T00:00:01.500000000Z out\n1970-01-01T00:00:02.000000000Z err\n".utf8)
        ),
        ("/containers/tty/logs?stdout=1&details=1", "application/vnd.docker.raw-stream", Array("a=x+y,b=2 out\n err\n".utf8)),
    ])
    func logsHaveTheFormAskedFor(_ target: String, _ type: String, _ bytes: [UInt8]) async throws {
        try await TestServer.with { server in
            let answer = try await server.send("GET", target)
            #expect(answer.header("Content-Type") == type)
            #expect(answer.body == bytes)
        }
    }

    @Test func logParametersReachTheEngine() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            _ = try await server.send("GET", "/containers/c/logs?stderr=1&follow=1&since=10.5&until=1970-01-01T00:01:00Z&tail=3")
            let expected = LogOptions(stdout: false, stderr: true, follow: true, since: 10_500_000_000, until: 60_000_000_000, tail: 3)
            #expect(engine.logOptions == expected)
            _ = try await server.send("GET", "/containers/c/logs?stdout=1&tail=all&since=0")
            #expect(engine.logOptions == LogOptions(stdout: true, stderr: false))
        }
    }

    @Test func aLogThatTearsSaysSoInTheStream() async throws {
        try await TestServer.with { server in
            let answer = try await server.send("GET", "/containers/torn/logs?stdout=1")
            #expect(answer.status == 200)
            #expect(answer.text.hasSuffix("Error grabbing logs: the log is torn\n"))
        }
    }

    private static let event =
        #""Action":"start","Actor":{"Attributes":{"image":"busybox"},"ID":"c1"},"Type":"container""#

    @Test func eventsAreLinesAndEndWhenTheirTimeIsOver() async throws {
        try await TestServer.with { server in
            let answer = try await server.send("GET", "/v1.52/events?since=0&until=2")
            #expect(answer.header("Content-Type") == "application/jsonl")
            #expect(answer.text.hasSuffix("}\n"))
            #expect(answer.text.contains("\"timeNano\":1000000001"))
            #expect(!answer.text.contains("\"status\""))
            #expect(server.engine.calls == ["events since=0 until=2000000000"])
        }
    }

    @Test func eventsBefore152HaveTheOldFieldsAndType() async throws {
        try await TestServer.with { server in
            let answer = try await server.send("GET", "/v1.47/events?since=0&until=2")
            #expect(answer.header("Content-Type") == "application/json")
            for field in ["\"status\":\"start\"", "\"id\":\"c1\"", "\"from\":\"busybox\""] { #expect(answer.text.contains(field)) }
        }
    }

    @Test func aJSONSequenceHasItsSeparators() async throws {
        try await TestServer.with { server in
            let answer = try await server.send("GET", "/events?until=2", headers: ["Accept: application/json-seq"])
            #expect(answer.header("Content-Type") == "application/json-seq")
            #expect(answer.body.first == 0x1e)
        }
    }

    @Test func aClientThatLeavesEndsItsEventStream() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let client = try await server.connect()
            try await client.write("GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
            _ = try await client.head()
            #expect(try await client.chunk().isEmpty == false)
            await client.close()
            while !engine.calls.contains("events ended") { await Task.yield() }
        }
    }

    @Test func progressIsLinesAndLateFailuresAreTold() async throws {
        try await TestServer.with { server in
            let good = try await server.send("POST", "/images/load", body: "a tarball")
            #expect(good.text == "{\"stream\":\"Loaded image: busybox:latest\\n\"}\r\n")
            #expect(server.engine.uploaded == 9)
        }
        try await TestServer.with { server in
            let torn = try await server.send("POST", "/images/load", body: "tar")
            #expect(torn.status == 200)
            let lines = torn.text.split(separator: "\r\n")
            #expect(lines.count == 2)
            #expect(lines.last?.contains("\"errorDetail\":{\"message\":\"the archive ends early\"}") == true)
        }
        try await TestServer.with { server in
            let empty = try await server.send("POST", "/images/load")
            #expect(empty.status == 200)
            #expect(empty.text.contains("\"errorDetail\":{\"message\":\"the archive is empty\"}"))
        }
    }

    private final class Arrival: Sendable {
        private let isNoted = Mutex(false)
        var hasCome: Bool { isNoted.withLock { $0 } }
        func note() { isNoted.withLock { $0 = true } }
    }

    /// Clients stop sending an archive whose load has been answered.
    @Test func aLoadIsAnsweredOnceItsArchiveHasBeenRead() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            let answer = Arrival()
            let piece = String(repeating: "x", count: 0x40000)
            try await client.write("POST /images/load?quiet=1 HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await client.write("40000\r\n\(piece)\r\n")
            let reading = Task {
                defer { answer.note() }
                return try await client.head()
            }
            while server.engine.uploaded == 0 { await Task.yield() }
            for _ in 0..<10 { #expect(try await server.send("GET", "/_ping").status == 200) }
            #expect(!answer.hasCome)
            try await client.write("3\r\nall\r\n0\r\n\r\n")
            #expect(try await reading.value.status == 200)
            #expect(server.engine.uploaded == 0x40003)
            await client.close()
        }
    }

    @Test func anUploadInChunksAfterContinueIsRead() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("POST /images/load HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(try await client.response().status == 100)
            let piece = String(repeating: "x", count: 100_000)
            for _ in 0..<10 { try await client.write("186a0\r\n\(piece)\r\n") }
            try await client.write("0\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(server.engine.uploaded == 1_000_000)
            await client.close()
        }
    }
}
