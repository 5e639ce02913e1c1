// Brings a service up and down: what all services do around their own work.
import Contracts
import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// Starts a service's parts and runs them until they end or a signal ends them.
public enum ServiceBootstrap {
    /// How long parts may take to finish after SIGTERM or SIGINT before they are cancelled.
    static let gracePeriod = Duration.seconds(5)

    /// Runs the services that `body` makes until SIGTERM or SIGINT; with none, it is done at once. Logs go to standard error.
    ///
    /// Throws what `body` or a service throws, and `ConfigurationError`. SIGHUP is ignored unless a `ReloadService` is among them,
    /// and SIGPIPE always: a peer that went away is an error of the call that wrote to it.
    public static func run(
        name: String, options: ServiceOptions, _ body: @escaping @Sendable (ServiceEnvironment) async throws -> [any Service]
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        // One that comes before anybody listens for it doesn't end the service. `ReloadService` looks for what it has missed.
        signal(SIGHUP, SIG_IGN)
        let configuration = try options.loadConfiguration()
        let level = options.logLevel ?? configuration.level ?? .info
        LogLevel.current = level
        LoggingSystem.bootstrap { SwitchedLogHandler(label: $0) }
        let environment = makeEnvironment(options: options, configuration: configuration, logger: Logger(label: name))
        environment.logger.info(
            "starting",
            metadata: ["version": "\(EngineVersion.current)", "root": "\(environment.layout.root)", "run": "\(environment.layout.run)"])
        let services = try await body(environment)
        guard !services.isEmpty else { return }
        var settings = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: environment.logger)
        settings.maximumGracefulShutdownDuration = gracePeriod
        try await ServiceGroup(configuration: settings).run()
        environment.notification.send("STOPPING=1")
        environment.logger.info("stopped")
    }

    static func makeEnvironment(
        options: ServiceOptions, configuration: EngineConfiguration, logger: Logger
    ) -> ServiceEnvironment {
        let variables = ProcessInfo.processInfo.environment
        return ServiceEnvironment(
            options: options, layout: options.layout(configuration: configuration), configuration: configuration, logger: logger,
            activatedSockets: ActivatedSocket.takeAll(environment: variables),
            notification: SupervisorNotification(environment: variables))
    }
}
