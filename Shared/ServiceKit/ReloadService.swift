// Reads the configuration again at every SIGHUP.
import Logging
public import ServiceLifecycle
import UnixSignals

/// Tells a service what its configuration has become. One that can't be read changes nothing.
public struct ReloadService: Service {
    private let environment: ServiceEnvironment
    private let apply: @Sendable (EngineConfiguration) async throws -> Void

    public init(_ environment: ServiceEnvironment, apply: @escaping @Sendable (EngineConfiguration) async throws -> Void) {
        self.environment = environment
        self.apply = apply
    }

    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        // A signal that came before there was anybody to take it was ignored, and what it stood for must not be.
        if let configuration = try? environment.options.loadConfiguration(), configuration != environment.configuration {
            await readAgain()
        }
        for await _ in signals.cancelOnGracefulShutdown() { await readAgain() }
    }

    private func readAgain() async {
        let (options, logger) = (environment.options, environment.logger)
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
