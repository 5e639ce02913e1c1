// How registries are reached, as the service's flags set it.

/// Settings with their defaults.
public struct RegistrySettings: Sendable, Equatable {
    /// Base URLs that are asked before a registry is, by the registry's name as references have it (`docker.io`).
    public var mirrors: [String: [String]] = [:]
    /// Registries that may be reached without TLS or with a certificate nobody vouches for: `host`, `host:port` or a range of addresses.
    public var insecureRegistries: [String] = []
    /// Holds a directory a registry, `host:port`, with `*.crt` for authorities and `*.cert` and `*.key` for the client.
    public var certificatesDirectory = "/etc/docker/certs.d"
    /// Layers that are downloaded at once, by all pulls together.
    public var concurrentDownloads = 3
    /// Layers that are uploaded at once, by one push.
    public var concurrentUploads = 5
    /// Requests for a layer without a byte of it, one after the other, before a pull fails.
    public var downloadAttempts = 5
    public var proxies = ProxySettings()
    /// Seconds that kept pieces of downloads stay.
    public var partialAge: Int64 = 7 * 24 * 3600
    /// Bytes that kept pieces of downloads may have together at the service's start.
    public var partialSpace: Int64 = 64 << 30
    /// The wait before a second attempt, doubled for each further one.
    public var retryDelay = Duration.milliseconds(500)

    public init() {}
}

/// URLs of the proxies for both kinds of request, and who is reached without them, as `NO_PROXY` says it.
public struct ProxySettings: Sendable, Equatable {
    public var http: String?
    public var https: String?
    public var exceptions: String?

    public init(http: String? = nil, https: String? = nil, exceptions: String? = nil) {
        self.http = http
        self.https = https
        self.exceptions = exceptions
    }
}
