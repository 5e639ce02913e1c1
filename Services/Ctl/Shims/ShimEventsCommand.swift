// berthctl shim events: what a shim has told, and tells.
import ArgumentParser
import Contracts
import Foundation
import RPC
import RPCNIO

struct ShimEventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Prints what a shim remembers to have happened, and what happens.")

    @OptionGroup var choice: ShimChoice

    @Flag(name: .shortAndLong, help: "Go on until the container's shim ends.")
    var follow = false

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    func run() async throws {
        try await choice.connected { connection, _ in
            let stream = try await connection.stream(WatchShim.self, .init(after: 0))
            // Answered after everything that the shim remembers was sent.
            let last = try await connection.call(InspectShim.self, RPCNothing(), context: .fresh(timeout: ShimScan.timeout)).lastNotice ?? 0
            if !follow, last == 0 { return }
            for try await notice in stream.outbound {
                if notice.sequence > 0 || follow { print(try line(notice)) }
                if !follow, notice.sequence >= last { return }
            }
        }
    }

    private func line(_ notice: ShimNotice) throws -> String {
        guard json else { return ShimEventText.line(notice) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(notice), as: UTF8.self)
    }
}

/// Events in words. Pure.
enum ShimEventText {
    static func line(_ notice: ShimNotice) -> String {
        let time = notice.time == 0 ? "-" : Date(timeIntervalSince1970: Double(notice.time) / 1e9).formatted(.iso8601)
        return "\(time) \(words(notice.event))"
    }

    private static func words(_ event: ShimEvent) -> String {
        switch event {
        case .started(let process): "started pid=\(process.pid)"
        case .paused: "paused"
        case .resumed: "resumed"
        case .outOfMemory: "out of memory"
        case .restarting(let notice): "restarting \(end(notice.exit)) count=\(notice.count) delay=\(notice.delayMilliseconds)ms"
        case .exited(let record): "exited \(end(record))"
        case .execStarted(let id, let pid): "exec started id=\(id.prefix(12)) pid=\(pid)"
        case .execExited(let id, let code): "exec exited id=\(id.prefix(12)) code=\(code)"
        case .healthChecked(let check): "health check code=\(check.result.exitCode) status=\(check.status.rawValue)"
        case .healthChanged(let status): "health \(status.rawValue)"
        case .health(let report): "health \(report.status.rawValue) failures=\(report.failingStreak)"
        case .logFailing(let lines): "log can't be written, lines dropped=\(lines)"
        case .logResumed(let lines): "log is written again, lines dropped=\(lines)"
        case .unknown: "something that only a newer berthctl knows"
        }
    }

    private static func end(_ record: ExitRecord) -> String {
        let cause = record.cause.map { " cause=\($0.kind.rawValue)" + ($0.signal.map { " signal=\($0)" } ?? "") } ?? ""
        return "code=\(record.exitCode)\(cause)"
    }
}
