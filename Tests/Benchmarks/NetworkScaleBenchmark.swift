// `berth-bench network-scale`: what each network costs when there are many, and each endpoint of a network that has many.
import ArgumentParser
import Contracts
import Logging
import RPCNIO
import TestSupport

struct NetworkScaleBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network-scale",
        abstract: "Asks the network service for many networks, and for many containers' endpoints on one, and prints what each tenth took.",
        discussion: "Milliseconds of calls, one after the other: no image, file system or process of a container is involved.")

    @OptionGroup var programs: BinaryOptions

    @Option(help: "Networks, and then endpoints of one network. A bridge has room for 1,023.")
    var count = 1000

    func validate() throws {
        guard (10...1023).contains(count) else { throw ValidationError("--count must be from 10 to 1023") }
    }

    func run() async throws {
        let engine = try await BerthEngine.start(
            binaries: programs.directory, flags: ["--default-address-pool", "base=10.48.0.0/12,size=24"])
        do {
            let client = RPCClient(
                socketPath: engine.layout.networkSocket, service: "network", patience: .seconds(60), logger: Logger(label: "bench"))
            try await measureNetworks(client)
            try await measureEndpoints(client)
            try await engine.stop()
        } catch {
            try? await engine.stop()
            throw error
        }
    }

    private func measureNetworks(_ client: RPCClient) async throws {
        var ids: [String] = []
        let made = try await times { ids.append(try await client.call(CreateNetwork.self, .init(name: "net\($0)")).network.id) }
        let removed = try await times { _ = try await client.call(RemoveNetwork.self, .init(id: ids[$0])) }
        report("network", made: made, removed: removed)
    }

    private func measureEndpoints(_ client: RPCClient) async throws {
        var wide = CreateNetwork.Request(name: "wide")
        wide.pools = [NetworkRecord.Pool(subnet: "10.46.0.0/16", gateway: "")]
        let network = try await client.call(CreateNetwork.self, wide).network
        let made = try await times { number in
            let request = CreateSandbox.Request(
                containerID: "c\(number)", containerName: "name\(number)", mode: .own,
                endpoints: [EndpointRequest(network: network.id)], hostname: "c\(number)")
            _ = try await client.call(CreateSandbox.self, request)
        }
        let removed = try await times {
            _ = try await client.call(RemoveSandbox.self, .init(containerID: "c\($0)", keepsFiles: false))
        }
        _ = try await client.call(RemoveNetwork.self, .init(id: network.id))
        report("endpoint", made: made, removed: removed)
    }

    private func times(_ body: (Int) async throws -> Void) async throws -> [Double] {
        var times: [Double] = []
        for number in 0..<count {
            let start = ContinuousClock.now
            try await body(number)
            times.append(start.duration(to: .now).milliseconds)
        }
        return times
    }

    private func report(_ what: String, made: [Double], removed: [Double]) {
        print("\(what)s, milliseconds: create, median and slowest; remove, median and slowest")
        let step = count / 10
        for start in stride(from: 0, to: step * 10, by: step) {
            let cells = [made, removed].map { Statistics(Array($0[start..<start + step])) }
                .map { "\($0.median.ratio), \($0.quantile(1).ratio)" }
            print("  \(start + 1) to \(start + step): \(cells.joined(separator: "; "))")
        }
    }
}
