// berthctl trace: where the time of a container's last operations went, across all processes.
import ArgumentParser
import Contracts
import Foundation
import ServiceKit

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Draws the timeline of a container's last operations, step by step and process by process.")

    @OptionGroup var engine: EngineOptions

    @Argument(help: "The container's name or ID.")
    var container: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let client = UnixHTTPClient(socketPath: try engine.runningEngine().layout.gatewaySocket)
        let name = container.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? container
        let reply = try client.request("GET", "/berth/containers/\(name)/trace")
        guard reply.status == 200 else {
            let answer = try? JSONDecoder().decode(Failure.self, from: Data(reply.body))
            throw ValidationError(answer?.message ?? "the gateway answered \(reply.status)")
        }
        guard !json else { return print(reply.text, terminator: "") }
        print(TraceTimeline(try JSONDecoder().decode([TraceStep].self, from: Data(reply.body))).text)
    }

    private struct Failure: Decodable { let message: String }
}

/// A step as the gateway tells it.
struct TraceStep: Decodable, Equatable {
    var name: String
    var service: String
    /// Nanoseconds since 1970.
    var start: Int64
    var end: Int64
    var outcome: String
    var error: String?

    enum CodingKeys: String, CodingKey {
        case name = "Name", service = "Service", start = "Start", end = "End", outcome = "Outcome", error = "Error"
    }
}

/// Steps as lines: when each began, how long it took, and a bar. Pure.
struct TraceTimeline {
    /// A pause longer than this parts one operation from the next.
    private static let pause: Int64 = 250_000_000
    private static let width = 40

    private let steps: [TraceStep]

    init(_ steps: [TraceStep]) { self.steps = steps.sorted { ($0.start, $0.end) < ($1.start, $1.end) } }

    var text: String {
        operations.map { table($0) }.joined(separator: "\n\n")
    }

    /// Runs of steps without a pause between them.
    var operations: [[TraceStep]] {
        var operations: [[TraceStep]] = []
        var end: Int64 = 0
        for step in steps {
            if operations.isEmpty || step.start > end + Self.pause { operations.append([]) }
            operations[operations.count - 1].append(step)
            end = max(end, step.end)
        }
        return operations
    }

    private func table(_ steps: [TraceStep]) -> String {
        let origin = steps.map(\.start).min() ?? 0
        let whole = max((steps.map(\.end).max() ?? 0) - origin, 1)
        let rows = steps.map { step in
            [
                milliseconds(step.start - origin), milliseconds(step.end - step.start), step.service, step.name, step.outcome,
                bar(from: step.start - origin, to: step.end - origin, of: whole),
            ]
        }
        let reasons = steps.compactMap { step in step.error.map { "\(step.name) failed: \($0)" } }
        return ([TextTable(header: ["START", "TIME", "SERVICE", "STEP", "OUTCOME", ""], rows: rows).text] + reasons)
            .joined(separator: "\n")
    }

    private func milliseconds(_ nanoseconds: Int64) -> String {
        let hundredths = nanoseconds / 10_000
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)ms"
    }

    private func bar(from start: Int64, to end: Int64, of whole: Int64) -> String {
        let first = Int(start * Int64(Self.width) / whole)
        let last = max(Int(end * Int64(Self.width) / whole), first + 1)
        return String(repeating: " ", count: first) + String(repeating: "#", count: last - first)
    }
}
