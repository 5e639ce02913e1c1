// `berth-bench network`: networks, endpoints, throughput and lookups, on Berth and on dockerd in turn.
import ArgumentParser
import TestSupport

struct NetworkBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Times networks and endpoints, and measures throughput and lookups, on Berth and on Debian's dockerd, in turn.",
        discussion: "Dockerd runs without iptables, to leave the host alone: its published ports go by its userland proxy.")

    @OptionGroup var programs: BinaryOptions

    @Option(help: "Rounds, in each of which each engine is measured once.")
    var count = 20

    @Option(help: "Lookups of a container's name in each round.")
    var lookups = 1000

    @Option(help: "Port of the host that the throughput of published ports is measured through; the next one is dockerd's.")
    var port: UInt16 = 28431

    func run() async throws {
        let berth = try await BerthEngine.start(binaries: programs.directory)
        do {
            let dockerd = try await Dockerd.start(programs: try await DockerdPrograms.find())
            do {
                try await compare([berth, dockerd])
                try await dockerd.stop()
            } catch {
                try? await dockerd.stop()
                throw error
            }
            try await berth.stop()
        } catch {
            try? await berth.stop()
            throw error
        }
    }

    private func compare(_ engines: [any MeasuredEngine]) async throws {
        var trials: [NetworkTrial] = []
        for (index, engine) in engines.enumerated() {
            trials.append(try await NetworkTrial.start(engine, port: port + UInt16(index)))
        }
        for _ in 0..<count {
            for trial in trials { try await trial.round(lookups: lookups) }
        }
        print("\(count) rounds; median and 95% of \(trials.map(\.engine.name).joined(separator: ", "))")
        for kind in NetworkTrial.Kind.allCases {
            let cells = trials.map { trial -> String in
                let statistics = Statistics(trial.series[kind] ?? [])
                return "\(statistics.median.ratio) (\(statistics.quantile(0.95).ratio))"
            }
            print("\(kind.rawValue): \(cells.joined(separator: ", "))")
        }
        for trial in trials { try await trial.end() }
    }
}

/// One engine's containers and measurements. Used by one task.
final class NetworkTrial {
    enum Kind: String, CaseIterable {
        case create = "network create, ms"
        case remove = "network rm, ms"
        case attach = "network connect of a running container, ms"
        case detach = "network disconnect, ms"
        case between = "container to container, Gbit/s"
        case published = "host to published port, Gbit/s"
        case lookups = "lookups of a container's name, 1/s"
        case slowest = "99% of lookups within, ms"
    }

    let engine: any MeasuredEngine
    private let port: UInt16
    private let server: ContainerNamespace
    private let client: ContainerNamespace
    private(set) var series: [Kind: [Double]] = [:]

    private init(_ engine: any MeasuredEngine, port: UInt16, server: ContainerNamespace, client: ContainerNamespace) {
        self.engine = engine
        self.port = port
        self.server = server
        self.client = client
    }

    static func start(_ engine: any MeasuredEngine, port: UInt16) async throws -> NetworkTrial {
        try await engine.importBusybox()
        try await engine.docker(["network", "create", "bench"])
        let server = try await ContainerNamespace.start("server1", ["-p", "127.0.0.1:\(port):5001"], engine)
        let client = try await ContainerNamespace.start("client", [], engine)
        return NetworkTrial(engine, port: port, server: server, client: client)
    }

    func end() async throws {
        try await engine.docker(["rm", "-f", "server1", "client"])
        try await engine.docker(["network", "rm", "bench"])
    }

    func round(lookups: Int) async throws {
        try await time(.create) { try await $0.docker(["network", "create", "other"]) }
        try await time(.attach) { try await $0.docker(["network", "connect", "other", "client"]) }
        try await time(.detach) { try await $0.docker(["network", "disconnect", "other", "client"]) }
        try await time(.remove) { try await $0.docker(["network", "rm", "other"]) }
        let (server, client, port) = (server, client, port)
        add(.between, try await Blocking.run { try Throughput.measure(to: server, from: client, server.address, 5001) })
        add(.published, try await Blocking.run { try Throughput.measure(to: server, from: nil, "127.0.0.1", port) })
        let times = try await Blocking.run { try client.lookUp(lookups) { _ in "server1" } }
        guard times.failures == 0 else { throw ContainerNamespace.Failure(description: "\(times.failures) lookups failed") }
        add(.lookups, Double(lookups) / max(times.total.milliseconds, 0.001) * 1000)
        add(.slowest, Statistics(times.milliseconds).quantile(0.99))
    }

    private func time(_ kind: Kind, _ body: (any MeasuredEngine) async throws -> Void) async throws {
        let start = ContinuousClock.now
        try await body(engine)
        add(kind, start.duration(to: .now).milliseconds)
    }

    private func add(_ kind: Kind, _ value: Double) { series[kind, default: []].append(value) }
}
