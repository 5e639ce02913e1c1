// The benchmarks' command line: one subcommand a file.
import ArgumentParser

@main
struct BerthBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth-bench",
        abstract: "Measures the engine's parts.",
        subcommands: [
            RunBenchmark.self, LifecycleBenchmark.self, ListBenchmark.self, CrowdBenchmark.self, RPCBenchmark.self, NamesBenchmark.self,
            NetworkBenchmark.self, NetworkScaleBenchmark.self, ImagesBenchmark.self, ContainersBenchmark.self, ShimMemory.self,
            InventoryCommand.self,
        ]
    )
}
