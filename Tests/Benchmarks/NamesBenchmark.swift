// How long lookups take: of containers' names, and of others with one of three name servers dead.
import ArgumentParser
import CLinux
import Foundation
import Glibc
import TestSupport

struct NamesBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "names", abstract: "Looks names up from a container: those of other containers, and those of name servers.")

    @Option(help: "Lookups of each kind.")
    var lookups = 10_000

    @Option(help: "Directory of the engine's programs (default: where this program is).")
    var binaries: String?

    func run() async throws {
        let engine = try await BerthEngine.start(binaries: binaries ?? BuildProducts.directory)
        do {
            try await measure(engine)
        } catch {
            try await engine.stop()
            throw error
        }
        try await engine.stop()
    }

    private func measure(_ engine: BerthEngine) async throws {
        try await engine.importBusybox()
        try await engine.docker(["network", "create", "bench"])
        var servers: [ContainerNamespace] = []
        for number in 0..<3 { servers.append(try await ContainerNamespace.start("server\(number)", [], engine)) }
        let client = try await ContainerNamespace.start("client", servers.flatMap { ["--dns", $0.address] }, engine)
        let upstreams = try servers.enumerated().map { number, server in
            try NameServer(in: server, isSilent: number == 0)
        }
        let count = lookups
        let local = try await Blocking.run { try client.lookUp(count) { _ in "server1" } }
        report("containers' names", local)
        let forwarded = try await Blocking.run { try client.lookUp(count) { "h\($0).example.org" } }
        report("other names, the first of three servers dead", forwarded)
        withExtendedLifetime(upstreams) {}
    }

    private func report(_ what: String, _ result: LookupTimes) {
        let statistics = Statistics(result.milliseconds)
        let (median, last) = (statistics.median.ratio, statistics.quantile(0.99).ratio)
        let rate = Int(Double(result.milliseconds.count) / max(result.total.milliseconds, 0.001) * 1000)
        print("\(what): p50 \(median) ms, p99 \(last) ms, slowest \(statistics.quantile(1).ratio) ms, \(rate)/s, \(result.failures) failed")
    }
}

/// What a number of lookups came to.
struct LookupTimes: Sendable {
    var milliseconds: [Double] = []
    var failures = 0
    var total = Duration.zero
}

/// The network namespace of a running container.
struct ContainerNamespace: Sendable {
    let address: String
    let pid: Int32

    static func start(_ name: String, _ options: [String], _ engine: some MeasuredEngine) async throws -> ContainerNamespace {
        try await engine.docker(["run", "-d", "--name", name, "--network", "bench"] + options + [EngineUnderTest.image, "sleep", "3600"])
        let format = "{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        let reply = try await Command(
            EngineUnderTest.client, ["inspect", "-f", format, name], environment: ["DOCKER_HOST": "unix://\(engine.socket)"]
        ).run()
        let words = reply.text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let pid = Int32(words[0]) else { throw CommandFailure(what: "docker inspect \(name)", result: reply) }
        return ContainerNamespace(address: String(words[1]), pid: pid)
    }

    /// A socket in it, of datagrams unless it says otherwise. The caller closes it.
    func socket(_ type: __socket_type = SOCK_DGRAM) throws -> Int32 {
        let (there, home) = (open("/proc/\(pid)/ns/net", O_RDONLY), open("/proc/self/ns/net", O_RDONLY))
        defer {
            close(there)
            close(home)
        }
        let descriptor = berth_netns_socket(there, home, AF_INET, Int32(type.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "can't open a socket in the namespace of process \(pid)") }
        return descriptor
    }

    /// One lookup after the other, each from a port of its own.
    func lookUp(_ count: Int, _ name: (Int) -> String) throws -> LookupTimes {
        var result = LookupTimes()
        var buffer = [UInt8](repeating: 0, count: 4096)
        let start = ContinuousClock.now
        for number in 0..<count {
            let descriptor = try socket()
            defer { close(descriptor) }
            let query = Self.query(name(number), id: UInt16(truncatingIfNeeded: number))
            let begin = ContinuousClock.now
            Self.connect(descriptor, "127.0.0.11")
            _ = send(descriptor, query, query.count, 0)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let length = poll(&entry, 1, 5000) > 0 ? recv(descriptor, &buffer, buffer.count, 0) : -1
            result.milliseconds.append(begin.duration(to: .now).milliseconds)
            let isAnswer = length > 12 && buffer[0] == query[0] && buffer[1] == query[1] && buffer[3] & 0xf == 0 && buffer[7] > 0
            if !isAnswer { result.failures += 1 }
        }
        result.total = start.duration(to: .now)
        return result
    }

    static func query(_ name: String, id: UInt16) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return [UInt8(id >> 8), UInt8(id & 0xff), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 1, 0, 1]
    }

    static func name(_ address: String) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(53).bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        return name
    }

    private static func connect(_ descriptor: Int32, _ address: String) {
        var name = name(address)
        _ = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}

/// A name server in a container's namespace that gives every name the same address, or never says anything.
private final class NameServer: Sendable {
    private let descriptor: Int32

    init(in namespace: ContainerNamespace, isSilent: Bool) throws {
        descriptor = try namespace.socket()
        var name = ContainerNamespace.name("0.0.0.0")
        let bound = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard bound == 0 else { throw ContainerNamespace.Failure(description: "can't serve in the namespace of process \(namespace.pid)") }
        if isSilent { return }
        Thread.detachNewThread { [self] in
            while true { serveOne() }
        }
    }

    private func serveOne() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 200) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 512)
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                let count = recvfrom(descriptor, &buffer, buffer.count, 0, name, &length)
                guard count > 12 else { return }
                var answer = Array(buffer[..<count]) + [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
                answer[2] |= 0x80
                answer[7] = 1
                _ = sendto(descriptor, answer, answer.count, 0, name, length)
            }
        }
    }
}
