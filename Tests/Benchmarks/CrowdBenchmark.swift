// `berth-bench crowd`: what crowds of costly connections make of the gateway's memory, and how others are served meanwhile.
import ArgumentParser
import Contracts
import Foundation
import Glibc
import ServiceKit
import TestSupport

struct CrowdBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crowd", abstract: "Tells the gateway's memory before, with and after crowds of idle, slow and greedy connections.")

    @OptionGroup var programs: BinaryOptions

    @Option(help: "Connections of each crowd.")
    var connections = 500

    func run() async throws {
        let engine = EngineUnderTest(binaries: programs.directory)
        try await engine.start(logLevel: "info")
        do {
            try await measure(engine)
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    private func measure(_ engine: EngineUnderTest) async throws {
        guard let pid = try engine.pid(of: .gateway) else { return }
        let hijacks = ConnectionCrowd(name: "half-open hijacks", texts: try await HalfOpenHijacks.make(on: engine))
        print("gateway at rest: \(try ProcessMemory(pid: pid))")
        for crowd in ConnectionCrowd.all + [hijacks] {
            let sockets = try crowd.open(connections, at: engine.layout.gatewaySocket)
            defer { sockets.forEach { close($0) } }
            let times = Statistics(try await ReadLoad(socket: engine.layout.gatewaySocket).time(100) { _ in "/containers/json?all=1" })
            print(
                "\(connections) \(crowd.name): \(try ProcessMemory(pid: pid)); others' lists: 99% within \(times.quantile(0.99).shown) ms")
        }
        try await HalfOpenHijacks.remove(from: engine)
        try await Task.sleep(for: .seconds(5))
        print("gateway after all: \(try ProcessMemory(pid: pid))")
    }
}

/// Connections that say one of a few things.
struct ConnectionCrowd: Sendable {
    let name: String
    /// In turn.
    let texts: [String]

    init(name: String, texts: [String]) {
        self.name = name
        self.texts = texts
    }

    private init(name: String, text: String) { self.init(name: name, texts: [text]) }

    static let all = [
        ConnectionCrowd(name: "idle", text: ""),
        ConnectionCrowd(name: "slow senders", text: "GET /containers/json HTTP/1.1\r\nHost: s"),
        ConnectionCrowd(name: "unfinished bodies", text: post + "{\"Image\":\"" + String(repeating: "a", count: 150_000)),
        ConnectionCrowd(name: "header floods", text: "GET /_ping HTTP/1.1\r\nHost: s\r\n" + headers),
        ConnectionCrowd(name: "readers of events that read nothing", text: "GET /events HTTP/1.1\r\nHost: s\r\n\r\n"),
        ConnectionCrowd(
            name: "upgrades without an end", text: "GET /events HTTP/1.1\r\nHost: s\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n"),
    ]

    private static let post =
        "POST /containers/create HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n"
    private static let headers = (0..<200).map { "X-\($0): \(String(repeating: "y", count: 1000))\r\n" }.joined()

    /// What the server doesn't take at once is left unsaid.
    func open(_ count: Int, at path: String) throws -> [Int32] {
        try (0..<count).map { number in
            let bytes = Array(texts[number % texts.count].utf8)
            let descriptor = try UnixSocket.connect(path: path)
            _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)) }
            return descriptor
        }
    }
}

/// What a process has of the machine's memory, in KiB.
struct ProcessMemory: CustomStringConvertible {
    let resident: Int
    /// Without files.
    let anonymous: Int

    init(pid: Int32) throws {
        let lines = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n")
        func value(_ name: String) -> Int {
            lines.first { $0.hasPrefix(name) }?.split(separator: " ", omittingEmptySubsequences: true).dropFirst().first.flatMap { Int($0) }
                ?? 0
        }
        (resident, anonymous) = (value("VmRSS:"), value("RssAnon:"))
    }

    var description: String { "\(resident >> 10) MiB resident, \(anonymous >> 10) MiB of it its own" }
}
