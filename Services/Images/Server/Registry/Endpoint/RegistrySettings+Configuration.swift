// From the engine's configuration to the registry client's settings.
import ServiceKit

extension RegistrySettings {
    /// `environment`: the process's, for proxies that the configuration doesn't name.
    public init(_ configuration: RegistryConfiguration, environment: [String: String]) {
        func variable(_ name: String) -> String? { environment[name] ?? environment[name.lowercased()] }
        self.init()
        mirrors = configuration.mirrorsByRegistry
        insecureRegistries = configuration.insecure
        certificatesDirectory = configuration.certificates
        concurrentDownloads = configuration.concurrentDownloads
        concurrentUploads = configuration.concurrentUploads
        downloadAttempts = configuration.downloadAttempts
        proxies = ProxySettings(
            http: configuration.proxies.http ?? variable("HTTP_PROXY"), https: configuration.proxies.https ?? variable("HTTPS_PROXY"),
            exceptions: configuration.proxies.exceptions ?? variable("NO_PROXY"))
    }
}
