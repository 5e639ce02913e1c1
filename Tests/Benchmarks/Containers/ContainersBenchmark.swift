// `berth-bench containers`: what running containers cost, on Berth, dockerd and podman in turn.
import ArgumentParser
import Foundation
import TestSupport

struct ContainersBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "containers",
        abstract: "Measures memory of idle containers, execs, health checks and logs on Berth, dockerd and podman in turn.")

    @OptionGroup var programs: BinaryOptions

    @Option(help: "Containers that idle, or are checked each second.")
    var containers = 100

    @Option(help: "Execs that are timed.")
    var execs = 50

    @Option(help: "Seconds for which health checks are watched.")
    var seconds = 10

    @Option(name: .customLong("log-size"), help: "Megabytes that a container writes to its log.")
    var logSize = 200

    @Option(help: "Measure only these engines.")
    var engines: [EngineSubjectKind] = EngineSubjectKind.allCases

    @Option(help: "Measure only these tasks.")
    var tasks: [ContainerTask] = ContainerTask.allCases

    private typealias Results = [ContainerTask: [(engine: String, figures: [ContainerFigure])]]

    func validate() throws {
        guard containers > 0, execs > 0, seconds > 0, logSize > 0 else { throw ValidationError("all numbers must be positive") }
    }

    func run() async throws {
        let directory = "/tmp/berth-bench-containers-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let amounts = ContainerRound.Amounts(containers: containers, execs: execs, seconds: seconds, logBytes: logSize << 20)
        var results: Results = [:]
        for kind in engines {
            guard let subject = try await EngineSubject.start(kind, binaries: programs.directory, directory: directory) else {
                print("\(kind.rawValue) is missing on this host: not measured")
                continue
            }
            do {
                try await measure(subject, amounts, &results)
                try await subject.stop()
            } catch {
                try? await subject.stop()
                throw error
            }
        }
        for task in tasks { report(task, results[task] ?? []) }
    }

    /// What an engine can't do is told, and doesn't keep the others from being measured.
    private func measure(_ subject: EngineSubject, _ amounts: ContainerRound.Amounts, _ results: inout Results) async throws {
        let round = try await ContainerRound(subject: subject, amounts: amounts)
        for task in tasks {
            do {
                guard let figures = try await round.measure(task) else { continue }
                results[task, default: []].append((subject.name, figures))
            } catch let failure as CommandFailure {
                print("\(subject.name) can't do \(task.rawValue): \(failure)")
            }
        }
    }

    private func report(_ task: ContainerTask, _ rows: [(engine: String, figures: [ContainerFigure])]) {
        print(task.title)
        for row in rows { print("  \(row.engine): " + row.figures.map(\.words).joined(separator: ", ")) }
        guard let own = rows.first(where: { $0.engine == "berth" }) else { return }
        for other in rows where other.engine != "berth" {
            let ratios = zip(own.figures, other.figures).map { "\($0.name) \(($0.value / max($1.value, .leastNonzeroMagnitude)).ratio)" }
            print("  berth to \(other.engine): " + ratios.joined(separator: ", "))
        }
    }
}

enum ContainerTask: String, CaseIterable, Sendable, ExpressibleByArgument {
    case memory, exec, health, dials, logs

    var title: String {
        switch self {
        case .memory: "memory of an idle container's own process, proportional"
        case .exec: "docker exec of true, by the API (podman: by its command)"
        case .health: "health checks, one a second each"
        case .dials: "health checks by connection, without a process, one a second each"
        case .logs: "log written by a container, and read"
        }
    }
}

/// One number of an engine.
struct ContainerFigure: Sendable {
    var name: String
    var value: Double
    var unit: String

    var words: String { "\(name) \(value.ratio) \(unit)" }
}
