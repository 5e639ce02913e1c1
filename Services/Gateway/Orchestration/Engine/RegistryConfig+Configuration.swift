// What `docker info` says of registries.
import Models
import ServiceKit

extension RegistryConfig {
    /// Ranges apart from names, and mirrors of Docker's registry with slashes at their ends, as dockerd has them.
    init(_ configuration: RegistryConfiguration) {
        self.init()
        func isRange(_ entry: String) -> Bool { entry.contains("/") }
        insecureRegistryCIDRs = ["127.0.0.0/8", "::1/128"] + configuration.insecure.filter(isRange)
        mirrors = (configuration.mirrorsByRegistry["docker.io"] ?? []).map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        indexConfigs = ["docker.io": Index(name: "docker.io", mirrors: mirrors, official: true)]
        for name in configuration.insecure where !isRange(name) { indexConfigs[name] = Index(name: name, secure: false) }
    }
}
