// Connections that attach and exec take over, seen from the wire.
import NIOCore
import Testing

@testable import GatewayAPI

@Suite("Hijacked connections") struct HijackTests {
    private static let upgrade = ["Upgrade: tcp", "Connection: Upgrade"]
    private static let attach = "/v1.47/containers/c/attach?stream=1&stdin=1&stdout=1&stderr=1"

    private static func request(_ target: String, headers: [String] = upgrade, body: String = "") -> String {
        let lines = ["POST \(target) HTTP/1.1", "Host: docker", "Content-Length: \(body.utf8.count)"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    @Test func anUpgradeGets101AndBytesGoBothWays() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach))
            let head = try await client.head()
            #expect(head.head.hasPrefix("HTTP/1.1 101 UPGRADED\r\n"))
            #expect(head.header("Content-Type") == "application/vnd.docker.multiplexed-stream")
            #expect(head.header("Connection") == "Upgrade")
            #expect(head.header("Upgrade") == "tcp")
            #expect(head.header("Api-Version") == "1.52")
            #expect(head.header("Berth-Trace")?.isEmpty == false)
            #expect(head.header("x-berth-hijack") == nil)
            #expect(head.header("Transfer-Encoding") == nil)
            for word in ["one", "two", "three"] {
                try await client.write(word)
                #expect(try await client.read(count: word.utf8.count) == Array(word.utf8))
            }
            await client.close()
        }
    }

    @Test(arguments: [("/v1.41/containers/c/attach", true), ("/v1.52/containers/tty/attach", false)])
    func theTypeIsRawBefore142AndForTerminals(_ target: String, _: Bool) async throws {
        try await TestServer.with(FakeEngine(streams: FakeStreams(.greet))) { server in
            let client = try await server.connect()
            try await client.write(Self.request(target))
            #expect(try await client.head().header("Content-Type") == "application/vnd.docker.raw-stream")
            #expect(await client.readToEnd() == Array("hello".utf8))
        }
    }

    @Test func withoutAnUpgradeTheAnswerIs200AndRaw() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach, headers: []))
            let head = try await client.head()
            #expect(head.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.header("Content-Type") == "application/vnd.docker.raw-stream")
            #expect(head.header("Transfer-Encoding") == nil)
            #expect(head.header("Content-Length") == nil)
            try await client.write("ping")
            #expect(try await client.read(count: 4) == Array("ping".utf8))
            await client.close()
        }
    }

    @Test func bytesThatLookLikeHTTPPassUnchanged() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach))
            _ = try await client.head()
            let text = "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n0\r\n\r\n"
            try await client.write(text)
            #expect(try await client.read(count: text.utf8.count) == Array(text.utf8))
            await client.close()
        }
    }

    @Test func outputComesAfterTheClientsHalfClose() async throws {
        try await TestServer.with(FakeEngine(streams: FakeStreams(.count))) { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach))
            _ = try await client.head()
            try await client.write("12345")
            try await client.halfClose()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == "5 bytes")
        }
    }

    @Test func bytesSentTogetherWithAnExecsBodyAreKept() async throws {
        try await TestServer.with(FakeEngine(streams: FakeStreams(.count))) { server in
            let client = try await server.connect()
            let body = #"{"Detach":false,"Tty":false}"#
            let headers = Self.upgrade + ["Content-Type: application/json"]
            try await client.write(Self.request("/v1.47/exec/e1/start", headers: headers, body: body) + "early")
            _ = try await client.head()
            try await client.halfClose()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == "5 bytes")
        }
    }

    @Test func aHalfCloseBeforeTheSwitchEndsTheInputOnly() async throws {
        try await TestServer.with(FakeEngine(streams: FakeStreams(.count))) { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach) + "abc")
            try await client.halfClose()
            #expect(try await client.head().status == 101)
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == "3 bytes")
        }
    }

    @Test func aRefusalStaysHTTPAndClosesBecauseTheDecoderHasStopped() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(Self.request("/containers/missing/attach"))
            let answer = try await client.response()
            #expect(answer.status == 404)
            #expect(answer.text == "{\"message\":\"No such container: missing\"}\n")
            #expect(answer.header("Connection") == "close")
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test func aRefusalWithoutUpgradeKeepsTheConnection() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            #expect(try await client.send("POST", "/containers/missing/attach").status == 404)
            #expect(try await client.send("GET", "/_ping").text == "OK")
            await client.close()
        }
    }

    @Test func anOfferOfHTTP2IsIgnored() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            let answer = try await client.send("GET", "/_ping", headers: ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings"])
            #expect(answer.status == 200)
            #expect(answer.text == "OK")
            #expect(answer.header("Connection") == "close")
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test func theContainersEndClosesTheConnectionAfterTheLastByte() async throws {
        try await TestServer.with(FakeEngine(streams: FakeStreams(.greet))) { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach))
            _ = try await client.head()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self) == "hello")
        }
    }

    @Test func aClientThatLeavesEndsTheContainersStream() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach))
            _ = try await client.head()
            await client.close()
            try await engine.streams.ended.wait()
        }
    }

    @Test func anExecThatCannotRunSaysSoInTheStream() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(
                Self.request("/exec/unrunnable/start", headers: Self.upgrade + ["Content-Type: application/json"], body: "{}"))
            #expect(try await client.head().status == 101)
            let words = "exec: \"nope\": executable file not found in $PATH\r\n"
            let frame: [UInt8] = [1, 0, 0, 0, 0, 0, 0, UInt8(words.utf8.count)]
            #expect(await client.readToEnd() == frame + Array(words.utf8))
        }
    }

    @Test func manyBytesComeBackIntact() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write(Self.request(Self.attach))
            _ = try await client.head()
            let pattern = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            for _ in 0..<16 {
                try await client.write(ByteBuffer(bytes: pattern))
                let back = try await client.read(count: pattern.count)
                #expect(back == pattern)
            }
            try await client.halfClose()
            #expect(await client.readToEnd().isEmpty)
        }
    }
}
