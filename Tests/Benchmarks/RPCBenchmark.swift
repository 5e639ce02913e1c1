// `berth-bench rpc`: what a call and a stream cost.
import ArgumentParser
import Logging
import RPC
import RPCNIO

struct RPCBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpc", abstract: "Latency and rate of small calls, and the rate of a stream, for both servers.")

    @Option(help: "Calls for the latencies, one after the other.")
    var calls = 20_000

    @Option(help: "Calls in flight for the rate.")
    var concurrency = 64

    @Option(help: "MiB that a stream carries.")
    var megabytes = 1024

    func validate() throws {
        guard calls > 0, concurrency > 0, megabytes > 0 else { throw ValidationError("the options must be positive") }
    }

    func run() async throws {
        try measureCoder()
        try await RPCBenchmarkServer.withNIO { try await measure("NIO -> NIO", at: $0) }
        try await RPCBenchmarkServer.withEventLoop { try await measure("NIO -> event loop", at: $0) }
    }

    private func measure(_ name: String, at path: String) async throws {
        let connection = try await RPCConnection.connect(path: path, logger: Logger(label: "bench"))
        try await measureLatency(name, connection)
        try await measureRate(name, connection)
        try await measureStream(name, connection)
        await connection.close()
    }

    private func measureLatency(_ name: String, _ connection: RPCConnection) async throws {
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<(calls / 10) { _ = try await connection.call(BenchmarkCall.self, BenchmarkCall.sample) }
        for _ in 0..<calls {
            let start = clock.now
            _ = try await connection.call(BenchmarkCall.self, BenchmarkCall.sample)
            times.append(clock.now - start)
        }
        times.sort()
        print("\(name): a call takes p50 \(times[times.count / 2]), p99 \(times[times.count * 99 / 100])")
    }

    private func measureRate(_ name: String, _ connection: RPCConnection) async throws {
        let each = max(1, calls * 4 / concurrency)
        let time = try await ContinuousClock().measure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<concurrency {
                    group.addTask {
                        for _ in 0..<each { _ = try await connection.call(BenchmarkCall.self, BenchmarkCall.sample) }
                    }
                }
                try await group.waitForAll()
            }
        }
        print("\(name): \(Int(Double(each * concurrency) / time.inSeconds)) calls a second, \(concurrency) in flight")
    }

    private func measureStream(_ name: String, _ connection: RPCConnection) async throws {
        var received = 0
        let time = try await ContinuousClock().measure {
            let stream = try await connection.stream(BenchmarkStream.self, BenchmarkStream.Request(chunks: megabytes * 4))
            for try await chunk in stream.outbound { received += chunk.bytes.count }
            _ = try await stream.response()
        }
        print("\(name): \(Int(Double(received >> 20) / time.inSeconds)) MiB/s of 256 KiB items")
    }

    private func measureCoder() throws {
        let count = 100_000
        let encoded = try CBOREncoder().encode(BenchmarkCall.sample)
        let encoding = try ContinuousClock().measure { for _ in 0..<count { _ = try CBOREncoder().encode(BenchmarkCall.sample) } }
        let decoding = try ContinuousClock().measure {
            for _ in 0..<count { _ = try CBORDecoder().decode(BenchmarkCall.Request.self, from: encoded) }
        }
        print("a request of \(encoded.count) bytes: encoded in \(encoding / count), decoded in \(decoding / count)")
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// A request and a response of the size that is usual on the start path.
enum BenchmarkCall: RPCMethod {
    static let name = "bench.call"
    struct Request: Codable, Sendable {
        var containerID: String
        var imageID: String
        var names: [String]
        var size: Int64
        var flag: Bool
    }
    struct Response: Codable, Sendable {
        var path: String
        var pid: Int32
    }
    static let sample = Request(
        containerID: String(repeating: "a", count: 64), imageID: "sha256:" + String(repeating: "b", count: 64),
        names: ["one", "two", "three"], size: 1 << 40, flag: true)
}

enum BenchmarkStream: RPCStreamMethod {
    static let name = "bench.stream"
    struct Request: Codable, Sendable { var chunks: Int }
    struct Chunk: Codable, Sendable { var bytes: [UInt8] }
    typealias Outbound = Chunk
    typealias Response = RPCNothing
    static let chunk = Chunk(bytes: [UInt8](repeating: 7, count: 256 << 10))
}
