// One line about a shim.
import Contracts
import Foundation
import RPC

struct ShimReport: Encodable, Equatable {
    static let header = ["CONTAINER ID", "SHIM", "STATE", "PID", "SINCE", "EXECS", "ATTACHED", "OUTPUT", "DROPPED"]

    var containerID: String
    var shimPID: Int32?
    /// `prepared`, `running`, `paused`, `exited (code)`, or `no answer` with the reason in `problem`.
    var state: String
    var pid: Int32?
    /// RFC 3339; when it was started, or when it ended.
    var since: String?
    var execs = 0
    var attachedClients = 0
    var outputBytes: UInt64 = 0
    var droppedLogLines: UInt64 = 0
    var version: String?
    var problem: String?

    init(_ answer: ShimScan.Answer) {
        containerID = answer.containerID
        switch answer.outcome {
        case .success(let response):
            state = ""
            shimPID = response.shimPID
            execs = response.execs.filter(\.running).count
            attachedClients = response.attachedClients
            outputBytes = response.outputBytes
            droppedLogLines = response.droppedLogLines
            version = response.version
            describe(response.phase)
        case .failure(let error):
            state = "no answer"
            problem = error.message
        }
    }

    private mutating func describe(_ phase: ShimPhase) {
        switch phase {
        case .prepared:
            state = "prepared"
        case .running(let container):
            state = "running"
            pid = container.pid
            since = Self.date(container.startedAt)
        case .paused(let container):
            state = "paused"
            pid = container.pid
            since = Self.date(container.startedAt)
        case .restarting(let record):
            state = "restarting (\(record.exitCode))"
            since = Self.date(record.finishedAt)
        case .exited(let record):
            state = "exited (\(record.exitCode))"
            since = Self.date(record.finishedAt)
        }
    }

    func row(truncated: Bool) -> [String] {
        let name = truncated ? String(containerID.prefix(12)) : containerID
        let shown = problem.map { "\(state): \($0)" } ?? state
        return [
            name, shimPID.map { "\($0)" } ?? "-", shown, pid.map { "\($0)" } ?? "-", since ?? "-", "\(execs)", "\(attachedClients)",
            "\(outputBytes)", "\(droppedLogLines)",
        ]
    }

    private static func date(_ nanoseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(nanoseconds) / 1e9).formatted(.iso8601)
    }
}
