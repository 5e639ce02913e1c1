// `berth-bench rpc`: what a call and a stream cost.
import ArgumentParser

struct RPCBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rpc", abstract: "Calls a second, latencies, and the rate of a stream.")
}
