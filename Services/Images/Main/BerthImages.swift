// berth-images: the engine's images, layers and containers' writable layers.
import ArgumentParser
import Contracts
import Foundation
import ImagesServer
import Logging
import RPCNIO
import ServiceKit

@main
struct BerthImages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth-images", abstract: "The image service of the engine.", version: EngineVersion.current)

    @OptionGroup var options: ServiceOptions
    @OptionGroup var registries: RegistryOptions

    @Option(
        name: .customLong("max-expansion-ratio"),
        help: "Bytes that one compressed byte of an archive may become, once the archive is larger than 256 MiB.")
    var maximumExpansionRatio = ImageSettings.standard.maximumExpansionRatio

    @Option(name: .customLong("max-layer-size"), help: "Bytes that one layer may have, decompressed.")
    var maximumLayerSize = ImageSettings.standard.maximumLayerSize

    @Option(name: .customLong("max-archive-size"), help: "Bytes that one uploaded archive may have, decompressed.")
    var maximumArchiveSize = ImageSettings.standard.maximumArchiveSize

    @Option(name: .customLong("max-concurrent-ingests"), help: "Imports and loads that are worked on at once; more wait.")
    var concurrentIngests = ImageSettings.standard.concurrentIngests

    func validate() throws {
        guard maximumExpansionRatio > 0, maximumLayerSize > 0, maximumArchiveSize > 0 else {
            throw ValidationError("--max-expansion-ratio, --max-layer-size and --max-archive-size must be positive")
        }
        guard (1...64).contains(concurrentIngests) else { throw ValidationError("--max-concurrent-ingests must be from 1 to 64") }
    }

    private var settings: ImageSettings {
        ImageSettings(
            maximumExpansionRatio: maximumExpansionRatio, maximumLayerSize: maximumLayerSize, maximumArchiveSize: maximumArchiveSize,
            concurrentIngests: concurrentIngests)
    }

    func run() async throws {
        let standard = settings, flags = registries, options = options
        try await ServiceBootstrap.run(name: "berth-images", options: options) { environment in
            var settings = standard
            settings.registry = RegistrySettings(
                try flags.applied(to: environment.configuration).registries, environment: ProcessInfo.processInfo.environment)
            if environment.options.validatesOnly { return [] }
            let service = try await ImageService.open(
                root: environment.layout.imagesState, engineRoot: environment.layout.root, settings: settings, logger: environment.logger)
            let server = RPCServer(
                service: "images", version: EngineVersion.current,
                listener: environment.listener(named: "images", path: environment.layout.imagesSocket, mode: 0o660),
                methods: ImageMethods.table(for: service), servedUIDs: Set(environment.options.servedUIDs), logger: environment.logger)
            environment.ready()
            let reload = ReloadService(environment) { configuration in
                await service.reload(
                    RegistrySettings(
                        try flags.applied(to: configuration).registries, environment: ProcessInfo.processInfo.environment))
            }
            return [reload, RPCService(server)]
        }
    }
}
