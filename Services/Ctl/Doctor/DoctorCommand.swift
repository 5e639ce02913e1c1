// berthctl doctor: what this host lacks, and what to do about it.
import ArgumentParser
import Contracts
import ServiceKit

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks whether this host can run containers, and says what to do where it can't.",
        discussion: "Changes nothing. Exits with 1 when something that is needed is missing.")

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let configuration = try engine.loadConfiguration()
        let checks = HostChecks(
            host: .this, root: try engine.layout().root, bridge: configuration.bridge, hasIPv6: configuration.defaultNetwork.enablesIPv6)
        let findings = checks.run()
        if json {
            try JSONOutput.print(findings)
        } else {
            findings.forEach { print($0.text) }
        }
        if findings.contains(where: { $0.verdict == .missing }) { throw ExitCode.failure }
    }
}

/// The outcome of one check.
struct Finding: Codable, Equatable {
    enum Verdict: String, Codable {
        case ok
        /// The engine works without it.
        case recommended
        /// The engine doesn't work without it.
        case missing
    }

    var subject: String
    var verdict: Verdict
    /// What was found.
    var detail: String
    /// What to do; nil when nothing is to be done.
    var remedy: String?

    var text: String {
        let mark =
            switch verdict {
            case .ok: "ok      "
            case .recommended: "better  "
            case .missing: "MISSING "
            }
        return "\(mark) \(subject): \(detail)" + (remedy.map { "\n           → \($0)" } ?? "")
    }
}
