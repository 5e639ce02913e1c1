// `berth-bench run`: what a user waits for at `docker run`, on Berth and on dockerd in turn.
import ArgumentParser
import TestSupport

struct RunBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Times docker run --rm busybox true on Berth and on Debian's dockerd, in turn.")

    @OptionGroup var comparison: ComparisonOptions

    func run() async throws {
        let result = try await comparison.measure { try await $0.timeRun() }
        print("docker run --rm busybox true, \(comparison.count) times each, milliseconds")
        result.print()
    }
}

/// `berth-bench lifecycle`: the same without the client.
struct LifecycleBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lifecycle",
        abstract: "Times create, start, wait and remove by the API on Berth and on Debian's dockerd, in turn, with the CPU time of each.")

    @OptionGroup var comparison: ComparisonOptions

    func run() async throws {
        let result = try await comparison.measure { try await $0.timeLifecycle() }
        print("create, start, wait, remove by the API, \(comparison.count) times each, milliseconds")
        result.print()
    }
}
