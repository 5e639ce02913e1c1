// Connections that cost much and ask little: many at once, slow ones, ones that never finish their headers.
import Contracts
import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct CrowdedConnectionTests {
    private static let crowd = 500

    @Test func othersAreServedAndMemoryStaysBounded() async throws {
        try await EngineUnderTest.with { engine in
            let path = engine.layout.gatewaySocket
            let attach = try await HalfOpenHijacks.make(on: engine)
            let pid = try #require(try engine.pid(of: .gateway))
            let before = try GatewayUse(pid: pid)
            try await crowd(at: path, "idle", "") { try await ping(engine) }
            try await crowd(at: path, "slow senders", "GET /containers/json HTTP/1.1\r\nHost: s") { try await ping(engine) }
            let half =
                "POST /containers/create HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n"
                + "Content-Length: 1000000\r\n\r\n{\"Image\":"
            try await crowd(at: path, "unfinished bodies", half) { try await ping(engine) }
            let flood =
                "GET /_ping HTTP/1.1\r\nHost: s\r\n" + (0..<200).map { "X-\($0): \(String(repeating: "y", count: 1000))\r\n" }.joined()
            try await crowd(at: path, "header floods", flood) { try await ping(engine) }
            let events = "GET /events HTTP/1.1\r\nHost: s\r\n\r\n"
            try await crowd(at: path, "readers of events that read nothing", events) { try await ping(engine) }
            try await crowd(at: path, "half-open hijacks", attach) { try await ping(engine) }
            let after = try GatewayUse(pid: pid)
            print("gateway before \(before), after six crowds of \(Self.crowd): \(after)")
            #expect(after.kilobytes < before.kilobytes + 400 << 10)
            #expect(try engine.pid(of: .gateway) == pid)
            try await eventually("the end of the crowd's connections") {
                try GatewayUse(pid: pid).descriptors <= before.descriptors + 20 ? true : nil
            }
            try await HalfOpenHijacks.remove(from: engine)
        }
    }

    private func ping(_ engine: EngineUnderTest) async throws {
        for _ in 0..<20 { #expect(try await engine.http("GET", "/containers/json?all=1").status == 200) }
    }

    /// Opens the connections, sends what each has to say, runs `body`, and leaves.
    private func crowd(at path: String, _ what: String, _ text: String, _ body: () async throws -> Void) async throws {
        try await crowd(at: path, what, [text], body)
    }

    /// The same with texts in turn.
    private func crowd(at path: String, _ what: String, _ texts: [String], _ body: () async throws -> Void) async throws {
        var sockets: [Int32] = []
        defer { sockets.forEach { close($0) } }
        for number in 0..<Self.crowd {
            let bytes = Array(texts[number % texts.count].utf8)
            let descriptor = try UnixSocket.connect(path: path)
            sockets.append(descriptor)
            // What the server doesn't take at once is left unsaid.
            _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)) }
        }
        try await body()
    }
}
