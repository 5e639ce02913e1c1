// Reads the configuration again at every SIGHUP.
public import Logging
public import ServiceLifecycle
import UnixSignals

/// Tells a service what its configuration has become. One that can't be read changes nothing.
public struct ReloadService: Service {
    private let options: ServiceOptions
    private let logger: Logger
    private let apply: @Sendable (EngineConfiguration) async throws -> Void

    public init(options: ServiceOptions, logger: Logger, apply: @escaping @Sendable (EngineConfiguration) async throws -> Void) {
        self.options = options
        self.logger = logger
        self.apply = apply
    }

    public func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                let configuration = try options.loadConfiguration()
                LogLevel.current = options.logLevel ?? configuration.level ?? .info
                try await apply(configuration)
                logger.info("the configuration was read again")
            } catch {
                logger.error("the configuration can't be read again: nothing is changed", metadata: ["error": "\(error)"])
            }
        }
    }
}
