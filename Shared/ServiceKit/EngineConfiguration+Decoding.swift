// Reads daemon.json: every key is either honoured or refused by name.
import FoundationEssentials

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
        case gateway = "default-gateway"
        case connectsContainers = "icc"
        case publishAddress = "ip"
        case masquerades = "ip-masq"
        case userlandProxy = "userland-proxy"
        case lookupServers = "dns"
        case lookupSearch = "dns-search"
        case lookupOptions = "dns-opts"
        case hostGateway = "host-gateway-ip"
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
    }

    /// Takes any key, so that unknown ones are seen.
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let all = try decoder.container(keyedBy: AnyKey.self)
        for key in all.allKeys { try Self.fixedKey(key.stringValue)?.check(try all.decode(PlainValue.self, forKey: key).text) }
        let present = all.allKeys.map(\.stringValue).filter { Self.fixedKey($0) == nil }
        if let stranger = present.sorted().first(where: { Key(rawValue: $0) == nil }) {
            throw ConfigurationError("unknown or unsupported key '\(stranger)'; remove it")
        }
        let container = try decoder.container(keyedBy: Key.self)
        func value<T: Decodable>(_ key: Key, _ fallback: T) throws -> T {
            try container.decodeIfPresent(T.self, forKey: key) ?? fallback
        }
        dataRoot = try container.decodeIfPresent(String.self, forKey: .dataRoot)
        execRoot = try container.decodeIfPresent(String.self, forKey: .execRoot)
        bridge = try value(.bridge, bridge)
        bip = try container.decodeIfPresent(String.self, forKey: .bip)
        defaultAddressPools = try value(.defaultAddressPools, defaultAddressPools)
        mtu = try container.decodeIfPresent(Int.self, forKey: .mtu)
        nftablesTable = try value(.nftablesTable, nftablesTable)
        publishPolicy = try value(.publishPolicy, publishPolicy)
        cgroupParent = try value(.cgroupParent, cgroupParent)
        registries.mirrors = try value(.registryMirrors, registries.mirrors)
        registries.insecure = try value(.insecureRegistries, registries.insecure)
        registries.certificates = try value(.registryCertificates, registries.certificates)
        registries.concurrentDownloads = try value(.concurrentDownloads, registries.concurrentDownloads)
        registries.concurrentUploads = try value(.concurrentUploads, registries.concurrentUploads)
        registries.downloadAttempts = try value(.downloadAttempts, registries.downloadAttempts)
        registries.proxies = try value(.proxies, registries.proxies)
        hosts = try value(.hosts, hosts)
        labels = try value(.labels, labels)
        isExperimental = try value(.experimental, isExperimental)
        criu = try container.decodeIfPresent(String.self, forKey: .criu)
        debug = try value(.debug, debug)
        logLevel = try value(.logLevel, logLevel)
        group = try container.decodeIfPresent(String.self, forKey: .group)
        tls = TLS(
            isOn: try value(.tls, false), verifiesClients: try value(.tlsVerify, false),
            authority: try container.decodeIfPresent(String.self, forKey: .tlsAuthority),
            certificate: try container.decodeIfPresent(String.self, forKey: .tlsCertificate),
            key: try container.decodeIfPresent(String.self, forKey: .tlsKey))
        metricsAddress = try container.decodeIfPresent(String.self, forKey: .metricsAddress)
        try readNetwork(container)
        try readDevices(container)
        try readContainers(container)
        scopedSockets = try value(.scopedSockets, scopedSockets)
        usersRemap = try value(.usersRemap, usersRemap)
        usersPool = try value(.usersPool, usersPool)
        try validate()
    }

    /// Reads a file that must be there. Throws `ConfigurationError` with the path in its words.
    public static func load(path: String) throws -> EngineConfiguration {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ConfigurationError("can't read the configuration \(path): \(error)")
        }
        return try parse(data, path: path)
    }

    /// Reads the default file; without one, everything is at its default.
    public static func loadDefault() throws -> EngineConfiguration {
        guard let data = try? Data(contentsOf: URL(filePath: defaultPath)) else { return EngineConfiguration() }
        return try parse(data, path: defaultPath)
    }

    /// Throws `ConfigurationError`; `path` is for its words.
    public static func parse(_ data: Data, path: String) throws -> EngineConfiguration {
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

    private static func describe(_ codingPath: [any CodingKey]) -> String {
        codingPath.map(\.stringValue).joined(separator: ".")
    }
}
