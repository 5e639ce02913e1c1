// How registries are reached: the keys of daemon.json that say so, together.

/// What the configuration says of registries, with dockerd's defaults.
public struct RegistryConfiguration: Sendable, Equatable {
    /// `proxies` of daemon.json.
    public struct Proxies: Codable, Sendable, Equatable {
        public var http: String?
        public var https: String?
        public var exceptions: String?

        private enum CodingKeys: String, CodingKey { case http = "http-proxy", https = "https-proxy", exceptions = "no-proxy" }

        public init(http: String? = nil, https: String? = nil, exceptions: String? = nil) {
            self.http = http
            self.https = https
            self.exceptions = exceptions
        }
    }

    /// Base URLs of mirrors of Docker's registry, and `registry=URL` for mirrors of others.
    public var mirrors: [String] = []
    /// `host`, `host:port` or a range of addresses.
    public var insecure: [String] = []
    /// Holds a directory of certificates for each registry.
    public var certificates = "/etc/docker/certs.d"
    public var concurrentDownloads = 3
    public var concurrentUploads = 5
    public var downloadAttempts = 5
    /// What is nil comes from the environment.
    public var proxies = Proxies()

    public init() {}

    /// The URLs of mirrors, by the registry's name.
    public var mirrorsByRegistry: [String: [String]] {
        var table: [String: [String]] = [:]
        for mirror in mirrors {
            let parts = mirror.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, !parts[0].contains("/") {
                table[parts[0], default: []].append(parts[1])
            } else {
                table["docker.io", default: []].append(mirror)
            }
        }
        return table
    }

    /// Throws `ConfigurationError` for the first value that can't work.
    func validate() throws {
        for url in mirrorsByRegistry.values.joined() {
            let isURL = url.hasPrefix("https://") || url.hasPrefix("http://")
            guard isURL, !url.contains(where: { "@?#".contains($0) }) else {
                throw ConfigurationError(
                    "key 'registry-mirrors': invalid mirror '\(url)': it must be https://host[:port][/path], without a user")
            }
        }
        for entry in insecure where entry.isEmpty || entry.contains("://") {
            throw ConfigurationError("key 'insecure-registries': '\(entry)' must be host, host:port or a range of addresses")
        }
        guard (1...64).contains(concurrentDownloads) else {
            throw ConfigurationError("key 'max-concurrent-downloads' must be from 1 to 64, not \(concurrentDownloads)")
        }
        guard (1...64).contains(concurrentUploads) else {
            throw ConfigurationError("key 'max-concurrent-uploads' must be from 1 to 64, not \(concurrentUploads)")
        }
        guard (1...100).contains(downloadAttempts) else {
            throw ConfigurationError("key 'max-download-attempts' must be from 1 to 100, not \(downloadAttempts)")
        }
    }
}
