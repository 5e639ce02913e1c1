// `berth-bench list`: reads among many containers, at rest and while clients create and remove, on Berth and on dockerd in turn.
import ArgumentParser
import Foundation
import ServiceKit
import TestSupport

struct ListBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Times the list and the inspection of containers among many, at rest and while clients create and remove.")

    @OptionGroup var programs: BinaryOptions

    @Option(help: "Containers that there are.")
    var containers = 500

    @Option(help: "Clients that create and remove meanwhile.")
    var clients = 16

    @Option(help: "Requests of each kind that are timed.")
    var count = 300

    @Flag(help: "Leaves dockerd out.")
    var alone = false

    func run() async throws {
        let berth = try await BerthEngine.start(binaries: programs.directory)
        do {
            try await measure(berth)
            try await berth.stop()
        } catch {
            try? await berth.stop()
            throw error
        }
        guard !alone else { return }
        guard DockerdPrograms.installed != nil else { return print("dockerd isn't installed: nothing to compare with") }
        let dockerd = try await Dockerd.start(programs: try await DockerdPrograms.find())
        do {
            try await measure(dockerd)
            try await dockerd.stop()
        } catch {
            try? await dockerd.stop()
            throw error
        }
    }

    private func measure(_ engine: any MeasuredEngine) async throws {
        try await engine.importBusybox()
        let load = ReadLoad(socket: engine.socket)
        let ids = try await load.fill(containers)
        print("\(engine.name), \(containers) containers, \(count) requests each, milliseconds")
        try await report(load, ids, "at rest")
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<clients { group.addTask { try await load.churn() } }
            try await report(load, ids, "while \(clients) clients create and remove")
            group.cancelAll()
            var made = 0
            for try await count in group { made += count }
            print("  meanwhile \(made) containers were made and removed")
        }
        try await load.empty()
    }

    private func report(_ load: ReadLoad, _ ids: [String], _ when: String) async throws {
        let list = Statistics(try await load.time(count) { _ in "/containers/json?all=1" })
        let inspect = Statistics(try await load.time(count) { "/containers/\(ids[$0 % ids.count])/json" })
        for (name, times) in [("list", list), ("inspect", inspect)] {
            print("  \(name) \(when): median \(times.median.shown), 99% within \(times.quantile(0.99).shown)")
        }
    }
}

/// What clients do to an engine through its API.
struct ReadLoad: Sendable {
    let socket: String
    private static let body = Array(#"{"Image":"busybox","Cmd":["sleep","1000"],"Labels":{"made":"by the benchmark"}}"#.utf8)

    private var client: UnixHTTPClient { UnixHTTPClient(socketPath: socket, timeout: .seconds(120)) }

    private static func create(_ client: UnixHTTPClient) throws -> String {
        let reply = try client.request("POST", "/v1.41/containers/create", headers: [("Content-Type", "application/json")], body: body)
        return JSONTree(try reply.expecting(201).body)?["Id"]?.text ?? ""
    }

    func fill(_ count: Int) async throws -> [String] {
        let client = client
        return try await Blocking.run { try (0..<count).map { _ in try Self.create(client) } }
    }

    /// Until cancelled. Returns how many.
    func churn() async throws -> Int {
        let client = client
        var count = 0
        while !Task.isCancelled {
            try await Blocking.run {
                let id = try Self.create(client)
                _ = try client.request("DELETE", "/v1.41/containers/\(id)").expecting(204)
            }
            count += 1
        }
        return count
    }

    /// Milliseconds of each request.
    func time(_ count: Int, _ target: @escaping @Sendable (Int) -> String) async throws -> [Double] {
        let client = client
        return try await Blocking.run {
            try (0..<count).map { index in
                let start = ContinuousClock.now
                _ = try client.request("GET", "/v1.41" + target(index)).expecting(200)
                return start.duration(to: .now).milliseconds
            }
        }
    }

    func empty() async throws {
        let client = client
        try await Blocking.run {
            let reply = try client.request("GET", "/v1.41/containers/json?all=1").expecting(200)
            guard case .array(let containers) = JSONTree(reply.body) else { return }
            for id in containers.compactMap({ $0["Id"]?.text }) { _ = try client.request("DELETE", "/v1.41/containers/\(id)?force=1") }
        }
    }
}
