// berthctl shim logs: a container's log, read from its file.
import ArgumentParser
import ContainerLog
import Contracts
import Foundation
import RPC
import RPCNIO

struct ShimLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "Prints a container's log.")
    private static let pause = Duration.milliseconds(50)

    @OptionGroup var choice: ShimChoice

    @Flag(name: .shortAndLong, help: "Go on as long as the container runs.")
    var follow = false

    @Option(help: "Only so many of the last lines.")
    var tail: Int?

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    func run() async throws {
        let (layout, id) = try choice.layout()
        var reader = try LogReader(path: layout.logFile(id), selection: LogSelection(tail: tail, follows: follow))
        while true {
            // In this order: what was written before the end is found by the read that follows.
            let isLive = follow ? await isRunning(layout, id) : false
            while let entry = reader.next() { try write(entry) }
            guard isLive else { return }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func isRunning(_ layout: EngineLayout, _ id: String) async -> Bool {
        let answer = await ShimScan(layout: layout).inspect([id]).first
        guard let response = try? answer?.outcome.get() else { return false }
        return if case .exited = response.phase { false } else { true }
    }

    private func write(_ entry: LogEntry) throws {
        guard json else {
            let handle = entry.stream == .stdout ? FileHandle.standardOutput : FileHandle.standardError
            return try handle.write(contentsOf: Data(entry.bytes))
        }
        let line = LogLine(
            time: entry.timeNanoseconds, stream: entry.stream == .stdout ? "stdout" : "stderr",
            log: String(decoding: entry.bytes, as: UTF8.self))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try FileHandle.standardOutput.write(contentsOf: try encoder.encode(line) + Data([0x0a]))
    }

    private struct LogLine: Encodable {
        var time: Int64
        var stream: String
        var log: String
    }
}
