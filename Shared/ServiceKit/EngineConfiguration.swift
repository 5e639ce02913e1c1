// The engine's configuration: dockerd's daemon.json, read strictly.

/// What `daemon.json` says, with a default for what it leaves out.
///
/// Keys are dockerd's, so that a file can be carried over; `nftables-table` is Berth's own. A key that is unknown,
/// or that dockerd has and Berth can't honour, is an error that names it: nothing is silently ignored.
public struct EngineConfiguration: Sendable, Equatable {
    /// A range that networks without a subnet of their own are cut from.
    public struct AddressPool: Codable, Sendable, Equatable {
        /// In CIDR notation: `172.20.0.0/14`.
        public var base: String
        /// Prefix length of each network cut from it.
        public var size: Int

        public init(base: String, size: Int) {
            self.base = base
            self.size = size
        }
    }

    public static let defaultPath = "/etc/berth/daemon.json"

    /// dockerd's own ranges, cut finer. dockerd gets 31 networks from them, most for 65,534 containers; here they give one of that size,
    /// and then 3,840 for 253 containers each.
    public static let standardAddressPools = [
        AddressPool(base: "172.17.0.0/16", size: 16), AddressPool(base: "172.18.0.0/16", size: 24),
        AddressPool(base: "172.19.0.0/16", size: 24), AddressPool(base: "172.20.0.0/14", size: 24),
        AddressPool(base: "172.24.0.0/14", size: 24), AddressPool(base: "172.28.0.0/14", size: 24),
        AddressPool(base: "192.168.0.0/16", size: 24),
    ]

    /// Overrides `EngineLayout.defaultRoot`; a `--root` flag wins over it.
    public var dataRoot: String?
    /// Overrides `EngineLayout.defaultRun`; a `--run` flag wins over it.
    public var execRoot: String?
    /// Name of the default network's bridge, at most 15 bytes.
    public var bridge = "berth0"
    /// Address and prefix of the default bridge in CIDR notation; nil takes the first free pool.
    public var bip: String?
    /// Tried in order; what overlaps the host's routes is skipped.
    public var defaultAddressPools = standardAddressPools
    /// Bytes; nil takes the interface's default.
    public var mtu: Int?
    /// Name of the one nftables table (of family `inet`) that is the engine's.
    public var nftablesTable = "berth"
    /// Who may reach published ports from outside the host: `any`, `loopback`, or networks in CIDR notation separated by commas.
    public var publishPolicy = "any"
    public var defaultNetwork = DefaultNetwork()
    public var containers = ContainerDefaults()
    /// IPv6 ports of the host are led to containers without IPv6 too, and those published to `::1`, by a process and not by the kernel.
    public var userlandProxy = true
    public var lookups = Lookups()
    public var devices = Devices()
    /// Parent control group of all containers, below each hierarchy's root.
    public var cgroupParent = "/berth"
    /// `userns-remap`: whose subordinate IDs containers have that ask for nothing; empty for the host's.
    public var usersRemap = ""
    /// Where containers with a user namespace of their own get their IDs: `first:count`, or a user with subordinate IDs. The default lies
    /// above the range that systemd gives to containers, and below 2^31, where signed numbers end.
    public var usersPool = "1879048192:268435456"
    /// `pidfile`: where the supervisor's process ID is written; nil for nowhere.
    public var pidFile: String?
    /// `min-api-version`: requests for an older version are refused; nil for the oldest there is.
    public var minAPIVersion: String?
    /// `default-network-opts`: options of networks that are made without them, by driver.
    public var networkOptions: [String: [String: String]] = [:]
    /// `allow-direct-routing`: published ports are reached at containers' own addresses, too, by who has a route.
    public var allowsDirectRouting = false
    /// `bridge-accept-fwmark`: packets with this mark, as `mark` or `mark/mask`, reach containers; nil for none.
    public var acceptedMark: String?
    /// Values given for keys that have no effect.
    public var idle: [String: PlainValue] = [:]
    /// Where the gateway listens besides `EngineLayout.gatewaySocket`: `unix:///path` or `tcp://address:port`.
    public var hosts: [String] = []
    /// `key=value` labels of the engine, shown by `docker info`.
    public var labels: [String] = []
    /// How registries are reached.
    public var registries = RegistryConfiguration()
    /// `experimental`: checkpoints.
    public var isExperimental = false
    /// The program that makes checkpoints: a path, or a name to be found by shims; nil for `criu`.
    public var criu: String?
    public var debug = false
    /// `debug`, `info`, `warn`, `error` or `fatal`, as dockerd names them.
    public var logLevel = "info"

    /// Group of the Unix sockets, by name or number; nil leaves the gateway's.
    public var group: String?
    /// TLS at TCP addresses.
    public var tls = TLS()
    /// `address:port` where metrics are offered; nil for nowhere.
    public var metricsAddress: String?

    /// Sockets with a policy each.
    public var scopedSockets: [ScopedSocket] = []

    public init() {}
}

extension EngineConfiguration {
    /// dockerd's `tls` and the keys that begin so.
    public struct TLS: Sendable, Equatable {
        public var isOn: Bool
        /// TLS was turned off expressly: as with dockerd, TCP without it is then what is wanted, at any address.
        public var isDeclined: Bool
        /// Serves only clients that show a certificate of the authority; implies TLS.
        public var verifiesClients: Bool
        public var authority: String?
        public var certificate: String?
        public var key: String?

        public init(
            isOn: Bool = false, isDeclined: Bool = false, verifiesClients: Bool = false, authority: String? = nil,
            certificate: String? = nil, key: String? = nil
        ) {
            self.isOn = isOn
            self.isDeclined = isDeclined
            self.verifiesClients = verifiesClients
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }
}
