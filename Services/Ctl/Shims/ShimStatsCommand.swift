// berthctl shim stats: what containers use, asked of their shims.
import ArgumentParser
import Contracts
import Foundation
import RPC
import RPCNIO

struct ShimStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stats", abstract: "Prints what each running container uses.")
    /// Between the two looks that a rate needs.
    private static let pause = Duration.milliseconds(500)

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print the counters as JSON.")
    var json = false

    func run() async throws {
        let scan = ShimScan(layout: try engine.runningEngine().layout)
        let ids = scan.containerIDs()
        let first = await scan.samples(ids)
        if json { return try JSONOutput.print(first) }
        try await Task.sleep(for: Self.pause)
        let second = await scan.samples(ids)
        let rows = second.sorted { $0.key < $1.key }.map { ShimStatsRow(id: $0.key, before: first[$0.key], now: $0.value).cells }
        print(TextTable(header: ShimStatsRow.header, rows: rows).text)
    }
}

extension ShimScan {
    /// Of those that run.
    func samples(_ ids: [String]) async -> [String: StatsSample] {
        await withTaskGroup(of: (String, StatsSample?).self) { group in
            for id in ids { group.addTask { (id, await sample(id)) } }
            var samples: [String: StatsSample] = [:]
            for await (id, sample) in group { samples[id] = sample }
            return samples
        }
    }

    private func sample(_ id: String) async -> StatsSample? {
        guard let connection = try? await connect(id) else { return nil }
        let sample = try? await connection.call(ReadStats.self, RPCNothing(), context: .fresh(timeout: Self.timeout))
        await connection.close()
        return sample
    }
}

/// A container's use in columns. Pure.
struct ShimStatsRow {
    static let header = ["CONTAINER ID", "CPU %", "MEM USAGE / LIMIT", "NET I/O", "BLOCK I/O", "PIDS"]

    let id: String
    let before: StatsSample?
    let now: StatsSample

    var cells: [String] {
        let networks = (now.networks ?? [:]).values
        let net = pair(networks.reduce(0) { $0 + $1.receivedBytes }, networks.reduce(0) { $0 + $1.sentBytes })
        return [
            String(id.prefix(12)), processors, "\(Self.bytes(memory)) / \(Self.bytes(now.memory.limit))", net, pair(io("r"), io("w")),
            "\(now.pids.current)",
        ]
    }

    private func pair(_ first: UInt64, _ second: UInt64) -> String { "\(Self.bytes(first)) / \(Self.bytes(second))" }

    private func io(_ kind: String) -> UInt64 {
        now.io.filter { $0.kind.lowercased().hasPrefix(kind) }.reduce(0) { $0 + $1.value }
    }

    /// Of one processor.
    private var processors: String {
        guard let before, now.cpu.system > before.cpu.system, now.cpu.total >= before.cpu.total else { return "0.00%" }
        let share = Double(now.cpu.total - before.cpu.total) / Double(now.cpu.system - before.cpu.system) * Double(now.cpu.onlineCPUs)
        return String(format: "%.2f%%", share * 100)
    }

    /// Without what the page cache could give back.
    private var memory: UInt64 {
        let inactive = now.memory.details["total_inactive_file"] ?? now.memory.details["inactive_file"] ?? 0
        return inactive < now.memory.usage ? now.memory.usage - inactive : now.memory.usage
    }

    static func bytes(_ count: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(count)B" : String(format: "%.1f%@", value, units[unit])
    }
}
