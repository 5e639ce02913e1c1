// Requests by the thousand that nobody should send: none may be answered by a fault of the engine, hang, or leave something behind.
import Contracts
import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(60)))
struct FuzzTests {
    /// `BERTH_FUZZ_REQUESTS=100000` for a long run, `BERTH_FUZZ_SEED` for another one.
    private static let count = ProcessInfo.processInfo.environment["BERTH_FUZZ_REQUESTS"].flatMap(Int.init) ?? 3000
    private static let seed = ProcessInfo.processInfo.environment["BERTH_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    private static let clients = 6

    @Test func noRequestIsTooMuch() async throws {
        try await EngineUnderTest.with { engine in
            let socket = EngineSocket(path: engine.layout.gatewaySocket)
            _ = try await SampleContainers.make(on: socket)
            let pid = try #require(try engine.pid(of: .gateway))
            try await fuzz(engine, count: 500, seed: Self.seed &+ 1_000_000)
            let before = try GatewayUse(pid: pid)
            try await fuzz(engine, count: Self.count, seed: Self.seed)
            try await eventually("descriptors of ended requests to be closed") {
                try GatewayUse(pid: pid).descriptors <= before.descriptors + 40 ? true : nil
            }
            let after = try GatewayUse(pid: pid)
            print("gateway after \(Self.count) requests: \(after), before: \(before)")
            #expect(after.kilobytes < before.kilobytes + 120 << 10, "\(before) \(after)")
            #expect(try engine.pid(of: .gateway) == pid, "the gateway was started again")
            try await SampleContainers.remove(from: socket)
        }
    }

    private func fuzz(_ engine: EngineUnderTest, count: Int, seed: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<Self.clients {
                group.addTask {
                    var generator = RequestGenerator(seed: seed &* 1_000 &+ UInt64(client))
                    for _ in 0..<count / Self.clients { try await send(generator.next(), to: engine) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Of what a login, a search or an import from a URL is told where nobody is to be reached, with dockerd's status 500.
    private static let unreachable = ["registry-1.docker.io/v2/", "dial tcp"]

    /// 501 and 503 are answers; every other fault is ours. Bytes that are no request may be answered by the connection's end.
    private func send(_ request: FuzzedRequest, to engine: EngineUnderTest) async throws {
        let client = UnixHTTPClient(socketPath: engine.layout.gatewaySocket, timeout: .seconds(60))
        do {
            let bytes = try await Blocking.run { try client.exchange(request.bytes) }
            guard let reply = try? HTTPReply(parsing: bytes) else { return }
            #expect(
                reply.status < 500 || [501, 503].contains(reply.status) || Self.unreachable.contains(where: reply.text.contains),
                "\(request.summary)\n→ \(reply.text.prefix(500))")
        } catch {
            Issue.record("\(error): \(request.summary)")
        }
    }

    @Test func theSameSeedMakesTheSameRequests() {
        var (one, two, other) = (RequestGenerator(seed: 7), RequestGenerator(seed: 7), RequestGenerator(seed: 8))
        let requests = (0..<200).map { _ in one.next().bytes }
        #expect(requests == (0..<200).map { _ in two.next().bytes })
        #expect(requests != (0..<200).map { _ in other.next().bytes })
        #expect(Set(requests.map { $0.prefix(20) }).count > 50)
    }
}

/// What a process uses.
struct GatewayUse: CustomStringConvertible {
    let kilobytes: Int
    let descriptors: Int

    init(pid: Int32) throws {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    var description: String { "\(kilobytes >> 10) MiB resident, \(descriptors) descriptors" }
}
