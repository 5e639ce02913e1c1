// Reads daemon.json: every key is either honoured or refused by name.
import FoundationEssentials
import Glibc

/// A configuration that can't be used, in words that name the file and the key.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension EngineConfiguration: Decodable {
    enum Key: String, CodingKey, CaseIterable {
        case dataRoot = "data-root"
        case execRoot = "exec-root"
        case bridge
        case bip
        case defaultAddressPools = "default-address-pools"
        case mtu
        case nftablesTable = "nftables-table"
        case publishPolicy = "publish-policy"
        case cgroupParent = "cgroup-parent"
        case registryMirrors = "registry-mirrors"
        case insecureRegistries = "insecure-registries"
        case registryCertificates = "registry-certificates"
        case concurrentDownloads = "max-concurrent-downloads"
        case concurrentUploads = "max-concurrent-uploads"
        case downloadAttempts = "max-download-attempts"
        case proxies
        case pidFile = "pidfile"
        case minAPIVersion = "min-api-version"
        case hosts
        case labels
        case experimental
        case criu
        case debug
        case logLevel = "log-level"
        case group
        case tls
        case tlsVerify = "tlsverify"
        case tlsAuthority = "tlscacert"
        case tlsCertificate = "tlscert"
        case tlsKey = "tlskey"
        case metricsAddress = "metrics-addr"
        case fixedCIDR = "fixed-cidr"
        case fixedCIDRv6 = "fixed-cidr-v6"
        case enablesIPv6 = "ipv6"
        case bip6
        case gateway = "default-gateway"
        case gatewayV6 = "default-gateway-v6"
        case connectsContainers = "icc"
        case publishAddress = "ip"
        case masquerades = "ip-masq"
        case userlandProxy = "userland-proxy"
        case lookupServers = "dns"
        case lookupSearch = "dns-search"
        case lookupOptions = "dns-opts"
        case hostGateway = "host-gateway-ip"
        case hostGateways = "host-gateway-ips"
        case networkOptions = "default-network-opts"
        case allowsDirectRouting = "allow-direct-routing"
        case acceptedMark = "bridge-accept-fwmark"
        case scopedSockets = "scoped-sockets"
        case usersRemap = "userns-remap"
        case usersPool = "userns-pool"
        case deviceDirectories = "cdi-spec-dirs"
        case features
        case logDriver = "log-driver"
        case logOptions = "log-opts"
        case ulimits = "default-ulimits"
        case shmSize = "default-shm-size"
        case stopTimeout = "default-stop-timeout"
        case usesInit = "init"
        case noNewPrivileges = "no-new-privileges"
        case ipcMode = "default-ipc-mode"
        case cgroupnsMode = "default-cgroupns-mode"
        case seccompProfile = "seccomp-profile"
    }

    /// Takes any key, so that those of the tables and unknown ones are seen.
    struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let all = try decoder.container(keyedBy: AnyKey.self)
        for key in all.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) where Key(rawValue: key.stringValue) == nil {
            guard try take(try all.decode(PlainValue.self, forKey: key), for: key.stringValue) else {
                throw ConfigurationError("unknown or unsupported key '\(key.stringValue)'; remove it")
            }
        }
        let container = try decoder.container(keyedBy: Key.self)
        try readEngine(container)
        try readAccess(container)
        try readRegistries(container)
        try readNetwork(container)
        try readDevices(container)
        try readContainers(container)
        try validate()
    }

    private mutating func readEngine(_ container: KeyedDecodingContainer<Key>) throws {
        dataRoot = try container.text(.dataRoot)
        execRoot = try container.text(.execRoot)
        pidFile = try container.text(.pidFile)
        labels = try container.value(.labels, labels)
        isExperimental = try container.value(.experimental, isExperimental)
        criu = try container.decodeIfPresent(String.self, forKey: .criu)
        debug = try container.value(.debug, debug)
        logLevel = try container.text(.logLevel) ?? logLevel
        usersRemap = try container.value(.usersRemap, usersRemap)
        usersPool = try container.value(.usersPool, usersPool)
    }

    private mutating func readAccess(_ container: KeyedDecodingContainer<Key>) throws {
        hosts = try container.value(.hosts, hosts)
        group = try container.text(.group)
        tls = TLS(
            isOn: try container.value(.tls, false), verifiesClients: try container.value(.tlsVerify, false),
            authority: try container.text(.tlsAuthority), certificate: try container.text(.tlsCertificate), key: try container.text(.tlsKey)
        )
        tls.isDeclined = try !container.value(.tls, true) && !tls.verifiesClients
        metricsAddress = try container.text(.metricsAddress)
        minAPIVersion = try container.text(.minAPIVersion)
        scopedSockets = try container.value(.scopedSockets, scopedSockets)
    }

    private mutating func readRegistries(_ container: KeyedDecodingContainer<Key>) throws {
        registries.mirrors = try container.value(.registryMirrors, registries.mirrors)
        registries.insecure = try container.value(.insecureRegistries, registries.insecure)
        registries.certificates = try container.value(.registryCertificates, registries.certificates)
        registries.concurrentDownloads = try container.value(.concurrentDownloads, registries.concurrentDownloads)
        registries.concurrentUploads = try container.value(.concurrentUploads, registries.concurrentUploads)
        registries.downloadAttempts = try container.value(.downloadAttempts, registries.downloadAttempts)
        registries.proxies = try container.value(.proxies, registries.proxies)
    }

    /// Reads a file that must be there. Throws `ConfigurationError` with the path in its words.
    public static func load(path: String) throws -> EngineConfiguration {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path) }
        defer { close(file) }
        // To its end, not to its size: it may be a pipe, or /dev/null.
        var data = Data()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            guard count > 0 else { return try parse(data, path: path) }
            data.append(contentsOf: piece[..<count])
        }
    }

    private static func unreadable(_ path: String) -> ConfigurationError {
        ConfigurationError("can't read the configuration \(path): \(String(cString: strerror(errno)))")
    }

    /// Reads the default file; without one, everything is at its default. One that can't be read is an error.
    public static func loadDefault(path: String = defaultPath) throws -> EngineConfiguration {
        // By a link that leads nowhere there is a file, and it is missed.
        var status = stat()
        if lstat(path, &status) != 0, errno == ENOENT { return EngineConfiguration() }
        return try load(path: path)
    }

    /// A file in which nothing is written says nothing. Throws `ConfigurationError`; `path` is for its words.
    public static func parse(_ data: Data, path: String) throws -> EngineConfiguration {
        if data.allSatisfy(blanks.contains) { return EngineConfiguration() }
        do {
            return try JSONDecoder().decode(EngineConfiguration.self, from: data)
        } catch let error as ConfigurationError {
            throw ConfigurationError("\(path): \(error.description)")
        } catch let DecodingError.typeMismatch(type, context) {
            throw ConfigurationError("\(path): key '\(describe(context.codingPath))' must be of type \(type)")
        } catch let DecodingError.dataCorrupted(context) where !context.codingPath.isEmpty {
            throw ConfigurationError("\(path): key '\(describe(context.codingPath))': \(context.debugDescription)")
        } catch let DecodingError.keyNotFound(key, context) {
            throw ConfigurationError("\(path): key '\(describe(context.codingPath + [key]))' is missing")
        } catch {
            throw ConfigurationError("\(path): not valid JSON: \(error)")
        }
    }

    /// What JSON takes for white space.
    private static let blanks = Set(" \t\r\n".utf8)

    private static func describe(_ codingPath: [any CodingKey]) -> String {
        codingPath.map(\.stringValue).joined(separator: ".")
    }
}

extension KeyedDecodingContainer {
    /// What the key says, or what stands where it says nothing.
    func value<T: Decodable>(_ key: Key, _ fallback: T) throws -> T { try decodeIfPresent(T.self, forKey: key) ?? fallback }

    /// A text. nil for an empty one too: dockerd takes that for nothing.
    func text(_ key: Key) throws -> String? { try decodeIfPresent(String.self, forKey: key).flatMap { $0.isEmpty ? nil : $0 } }
}
