// berth-network: the engine's networks, addresses, published ports and network namespaces.
import ArgumentParser
import CLinux
import Contracts
import Logging
import NetworkServer
import RPCNIO
import ServiceKit

@main
struct BerthNetwork: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth-network", abstract: "The network service of the engine.", version: EngineVersion.current)

    @OptionGroup var options: ServiceOptions

    @Option(name: .customLong("warm-pool"), help: "How many network namespaces are kept ready for containers to come.")
    var warmPool = 4

    @Option(
        name: .customLong("publish-policy"),
        help: "Who may reach published ports: any, loopback, or networks separated by commas (default: the configuration's).")
    var publishPolicy: String?

    @Flag(help: "Removes every container's network, the bridge, the nftables table and the namespaces in stock, and exits.")
    var purge = false

    func validate() throws {
        guard (0...256).contains(warmPool) else { throw ValidationError("--warm-pool must be from 0 to 256") }
    }

    func run() async throws {
        let (warmPool, purge, publishPolicy) = (warmPool, purge, publishPolicy)
        // Containers' sockets are many; where the limit can't be raised, it is as it is.
        _ = berth_descriptor_limit_raise()
        try await ServiceBootstrap.run(name: "berth-network", options: options) { environment in
            var configuration = environment.configuration
            configuration.publishPolicy = publishPolicy ?? configuration.publishPolicy
            let settings = try NetworkSettings(
                configuration: configuration, layout: environment.layout, warmPool: warmPool)
            if environment.options.validatesOnly { return [] }
            let lock = try InstanceLock(layout: environment.layout)
            let service = try NetworkService(settings: settings, lock: lock, kept: environment.descriptorStore, logger: environment.logger)
            if purge {
                try await service.purge()
                return []
            }
            try await service.start()
            let server = RPCServer(
                service: "network", version: EngineVersion.current,
                listener: environment.listener(named: "network", path: environment.layout.networkSocket, mode: 0o660),
                methods: NetworkMethods.table(for: service), servedUIDs: Set(environment.options.servedUIDs), logger: environment.logger)
            environment.ready()
            return [ClosingService { await service.settle() }, RPCService(server)]
        }
    }
}
