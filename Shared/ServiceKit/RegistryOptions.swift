// Flags about registries, the same for whoever takes them.
import ArgumentParser

public struct RegistryOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("registry-mirror"), parsing: .singleValue,
        help: "Base URL of a mirror of Docker's registry, or registry=URL for a mirror of another. May be repeated.")
    public var mirrors: [String] = []

    @Option(
        name: .customLong("insecure-registry"), parsing: .singleValue,
        help: "A registry (host, host:port or a range of addresses) that may be reached without TLS. May be repeated.")
    public var insecure: [String] = []

    @Option(name: .customLong("registry-certificates"), help: "Directory with a directory of certificates for each registry.")
    public var certificates: String?

    @Option(name: .customLong("max-concurrent-downloads"), help: "Layers that are downloaded at once.")
    public var concurrentDownloads: Int?

    @Option(name: .customLong("max-concurrent-uploads"), help: "Layers that one push uploads at once.")
    public var concurrentUploads: Int?

    @Option(name: .customLong("max-download-attempts"), help: "Requests for a layer without a byte of it before a pull fails.")
    public var downloadAttempts: Int?

    @Option(name: .customLong("http-proxy"), help: "Proxy for registries without TLS (default: the environment's).")
    public var httpProxy: String?

    @Option(name: .customLong("https-proxy"), help: "Proxy for registries with TLS (default: the environment's).")
    public var httpsProxy: String?

    @Option(name: .customLong("no-proxy"), help: "Hosts that are reached without a proxy (default: the environment's).")
    public var proxyExceptions: String?

    public init() {}

    /// The flags over a configuration. Throws `ConfigurationError`.
    public func applied(to original: EngineConfiguration) throws -> EngineConfiguration {
        var configuration = original
        configuration.registries.mirrors += mirrors
        configuration.registries.insecure += insecure
        if let certificates { configuration.registries.certificates = certificates }
        if let concurrentDownloads { configuration.registries.concurrentDownloads = concurrentDownloads }
        if let concurrentUploads { configuration.registries.concurrentUploads = concurrentUploads }
        if let downloadAttempts { configuration.registries.downloadAttempts = downloadAttempts }
        if let httpProxy { configuration.registries.proxies.http = httpProxy }
        if let httpsProxy { configuration.registries.proxies.https = httpsProxy }
        if let proxyExceptions { configuration.registries.proxies.exceptions = proxyExceptions }
        try configuration.validate()
        return configuration
    }
}
