// The engine as the gateway's executable sees it: opened once, run until the end.
import Contracts
public import GatewayBackends
import GatewayState
import Glibc
import Logging
import RPC
import RPCNIO
public import ServiceKit

/// The gateway's engine: records, sequences and the other services, behind the backends that the API calls.
public final class Engine: Sendable {
    private let containers: ContainerEngine
    private let shims: ShimPool
    private let clients: [RPCClient]
    private let lock: StateLock

    /// Opens the records; reads may be answered from now on. The other services are called when they are needed.
    ///
    /// Throws when the gateway's directory or database can't be used, or another gateway uses it.
    public init(_ environment: ServiceEnvironment, _ settings: EngineSettings) throws {
        let layout = environment.layout
        try Self.makeDirectory(layout.gatewayState)
        lock = try StateLock.acquire(path: layout.gatewayLock)
        let logger = environment.logger
        let tasks = BackgroundTasks()
        let images = RPCClient(socketPath: layout.imagesSocket, service: ServiceName.images.rawValue, logger: logger)
        let network = RPCClient(socketPath: layout.networkSocket, service: ServiceName.network.rawValue, logger: logger)
        clients = [images, network]
        shims = ShimPool(layout: layout, tasks: tasks, logger: logger)
        containers = ContainerEngine(
            layout: layout, configuration: settings.configuration, facts: .read(),
            store: try ContainerStore(path: "\(layout.gatewayState)/gateway.db", logger: logger),
            images: RemoteImageService(client: images), network: RemoteNetworkService(client: network), shims: shims, tasks: tasks,
            logger: logger, userNamespaces: settings.userNamespaces, seccomp: settings.seccomp)
    }

    /// What the routes call.
    public var backends: EngineBackends {
        EngineBackends(
            containers: containers, execs: containers, images: ImageFacade(engine: containers),
            networks: NetworkFacade(engine: containers), volumes: VolumeFacade(engine: containers), files: FileFacade(engine: containers),
            imageData: ImageDataFacade(engine: containers),
            system: containers, events: containers, checkpoints: containers.configuration.isExperimental ? containers : nil,
            oldestVersion: containers.configuration.oldestVersion)
    }

    /// Converges with the world, then does what is to be done from time to time. Returns when its task is cancelled;
    /// containers go on running.
    public func run() async throws {
        await shims.warm()
        containers.tasks.start { [containers] in await Recovery(engine: containers).run() }
        containers.tasks.start { [containers] in await NetworkWatch(engine: containers).run() }
        containers.tasks.start { [containers] in await ImageWatch(engine: containers).run() }
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: ExecTable.sweepInterval)
            } catch {
                break
            }
            containers.execs.sweep()
        }
        await close()
    }

    /// Takes over what may change while the engine runs, and tells about it; what can't be is named in the log.
    public func reload(_ configuration: EngineConfiguration) {
        let others = containers.reloadable.reload(configuration)
        if !others.isEmpty {
            containers.logger.warning("These keys take effect when the engine is started again", metadata: ["keys": "\(others)"])
        }
        containers.tellReload(configuration)
        containers.tellLogLevel()
    }

    private func close() async {
        // First the warm shims: tasks wait for the end of their connections.
        await shims.close()
        await containers.tasks.close()
        for client in clients { await client.close() }
        try? await containers.store.flush()
    }

    private static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw RPCError(.internalError, "\(path) can't be made (errno \(errno)); make it, and let the gateway's user own it")
    }
}
