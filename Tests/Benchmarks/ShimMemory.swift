// `berth-bench shim-memory`: what a shim costs while its container idles.
import ArgumentParser
import CLinux
import Contracts
import Foundation
import Logging
import RPC
import RPCNIO

struct ShimMemory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shim-memory", abstract: "Memory of shims whose containers idle: proportional and private, by the kernel's count.")

    @Option(name: .shortAndLong, help: "Containers to run at the same time.")
    var count = 32

    @Option(help: "The program to measure; by default the berth-shim beside this one.")
    var shim: String?

    @Flag(help: "Print each shim's mappings that aren't shared, largest first.")
    var details = false

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("The count is between 1 and 1000.") }
    }

    func run() async throws {
        let beside = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        let bench = try MemoryBench(program: shim ?? "\(beside)/berth-shim")
        do {
            try await measure(bench)
        } catch {
            await bench.tearDown()
            throw error
        }
        await bench.tearDown()
    }

    private func measure(_ bench: MemoryBench) async throws {
        try await report("fresh", bench, bench.warm(count))
        try await report("running", bench, bench.start())
        if details, let shim = bench.shims.first { print(MemoryUse.mappings(of: shim)) }
    }

    private func report(_ state: String, _ bench: MemoryBench, _ shims: [Int32]) throws {
        let uses = try shims.map(MemoryUse.init)
        func mean(_ value: (MemoryUse) -> Int) -> Int { uses.map(value).reduce(0, +) / max(1, uses.count) }
        let listener = try MemoryUse(bench.listener)
        print(
            "\(state): \(uses.count) shims, each PSS \(mean(\.proportional)) kB, USS \(mean(\.private)) kB, RSS \(mean(\.resident)) kB; "
                + "their parent PSS \(listener.proportional) kB")
    }
}

/// The kernel's account of a process's memory.
struct MemoryUse {
    var resident = 0
    var proportional = 0
    var `private` = 0

    init(_ pid: Int32) throws {
        for line in try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8).split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 2, let kilobytes = Int(fields[1]) else { continue }
            switch fields[0] {
            case "Rss:": resident = kilobytes
            case "Pss:": proportional = kilobytes
            case "Private_Clean:", "Private_Dirty:": self.private += kilobytes
            default: break
            }
        }
    }

    /// Private kilobytes by mapping, largest first.
    static func mappings(of pid: Int32) -> String {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/smaps", encoding: .utf8)) ?? ""
        var sizes: [(name: String, size: Int)] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields[0].contains("-"), !fields[0].hasSuffix(":") {
                sizes.append(("\(fields.count > 5 ? fields[5...].joined(separator: " ") : "anonymous") \(fields[1])", 0))
            } else if fields[0].hasPrefix("Private_"), let size = Int(fields[1]), !sizes.isEmpty {
                sizes[sizes.count - 1].size += size
            }
        }
        return sizes.filter { $0.size > 0 }.sorted { $0.size > $1.size }.map { "  \($0.size) kB \($0.name)" }.joined(separator: "\n")
    }
}
