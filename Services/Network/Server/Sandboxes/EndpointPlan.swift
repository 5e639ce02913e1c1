// A request for an endpoint, checked before anything is done.
import Contracts
import RPC

/// What a container wants of one network.
struct EndpointPlan: Sendable, Equatable {
    var networkID: String
    /// nil for a random one.
    var mac: MACAddress?
    /// Static addresses.
    var addresses: [IPFamily: IPAddress] = [:]
    var linkLocalAddresses: [InterfaceAddress] = []
    var aliases: [String] = []
    var links: [EndpointLink] = []
    /// Paths below /proc/sys, with `IFNAME` for the interface.
    var sysctls: [Setting] = []
    /// nil for the next free one.
    var interface: String?
    var gatewayPriority: Int64 = 0

    struct Setting: Sendable, Equatable {
        var path: String
        var value: String
    }

    static let sysctlsKey = "com.docker.network.endpoint.sysctls"
    static let interfaceKey = "com.docker.network.endpoint.ifname"
    /// The Docker client writes it in small letters.
    static func isPlaceholder(_ word: some StringProtocol) -> Bool { word.uppercased() == "IFNAME" }

    /// Throws `RPCError`.
    init(_ request: EndpointRequest, networks: [NetworkRow]) throws {
        let network = try Self.network(request.network, networks)
        networkID = network.id
        mac = try request.macAddress.flatMap(Self.mac)
        aliases = request.aliases
        links = request.links
        gatewayPriority = request.gatewayPriority
        for (family, text) in [(IPFamily.v4, request.ipv4Address), (.v6, request.ipv6Address)] {
            if let text, !text.isEmpty { addresses[family] = try Self.address(text, family, network) }
        }
        linkLocalAddresses = try request.linkLocalAddresses.map(Self.linkLocal)
        sysctls = try Self.sysctls(request.driverOptions[Self.sysctlsKey] ?? "")
        interface = try Self.interface(request.driverOptions)
        if mac != nil, network.driver == "ipvlan" {
            throw RPCError(.invalidParameter, "ipvlan interfaces do not support custom mac address assignment")
        }
        try Self.checkNames(aliases + links.map(\.alias), network)
    }

    /// By name, ID or unique prefix of one.
    private static func network(_ name: String, _ networks: [NetworkRow]) throws -> NetworkRow {
        let exact = networks.first { $0.name == name } ?? networks.first { $0.id == name }
        let matches = name.isEmpty ? [] : networks.filter { $0.id.hasPrefix(name) }
        guard let network = exact ?? (matches.count == 1 ? matches.first : nil) else {
            throw RPCError(.notFound, "network \(name) not found")
        }
        guard network.driver == PredefinedNetworks.bridgeDriver || ParentOptions.drivers.contains(network.driver) else {
            throw RPCError(.invalidParameter, "a container with a network namespace of its own can't be on network \(network.name)")
        }
        guard network.configuration?.isConfigurationOnly != true else {
            throw RPCError(.forbidden, "configuration network \(network.name) cannot have containers")
        }
        return network
    }

    /// nil for an address of a family that the network has a subnet of but hasn't enabled: as with dockerd, the container goes without.
    private static func address(_ text: String, _ family: IPFamily, _ network: NetworkRow) throws -> IPAddress? {
        guard let configuration = network.configuration else {
            throw RPCError(.invalidParameter, "user specified IP address is supported on user defined networks only")
        }
        guard let address = IPAddress(text), address.family == family else {
            throw RPCError(.invalidParameter, "invalid IPv\(family.rawValue) address: \(text)")
        }
        // Subnets that the engine chose count, too: a network keeps what it has.
        if contains(configuration.pools, address) { return address }
        guard contains(configuration.unusedPools ?? [], address) else {
            throw RPCError(.invalidParameter, "no configured subnet contains IP address \(address)")
        }
        return nil
    }

    private static func contains(_ pools: [NetworkRecord.Pool], _ address: IPAddress) -> Bool {
        pools.contains { IPPrefix($0.subnet)?.contains(address) == true }
    }

    /// As an interface has it: IPv4 ones in 169.254.0.0/16, IPv6 ones in a /64.
    private static func linkLocal(_ text: String) throws -> InterfaceAddress {
        guard let address = IPAddress(text), let interface = InterfaceAddress(address: address, length: address.family == .v4 ? 16 : 64)
        else { throw RPCError(.invalidParameter, "invalid link-local IP address: \(text)") }
        return interface
    }

    /// nil for an empty text, which stands for any.
    private static func mac(_ text: String) throws -> MACAddress? {
        if text.isEmpty { return nil }
        guard let mac = MACAddress(text) else { throw RPCError(.invalidParameter, "invalid MAC address: \"\(text)\"") }
        return mac
    }

    private static func checkNames(_ names: [String], _ network: NetworkRow) throws {
        guard names.isEmpty || network.configuration != nil else {
            throw RPCError(.invalidParameter, "network-scoped alias is supported only for containers in user defined networks")
        }
        if let bad = names.first(where: { $0.isEmpty || $0.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7f } }) {
            throw RPCError(.invalidParameter, "invalid network-scoped alias: \"\(bad)\"")
        }
    }

    /// `net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.accept_ra=0`: of that interface, and nothing else.
    private static func sysctls(_ text: String) throws -> [Setting] {
        try text.split(separator: ",").map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let words = parts[0].split(separator: ".", omittingEmptySubsequences: false)
            let isSafe = words.allSatisfy { word in
                !word.isEmpty
                    && word.utf8.allSatisfy {
                        $0 == 0x5f || (0x30...0x39).contains($0) || (0x41...0x5a).contains($0)
                            || (0x61...0x7a).contains($0)
                    }
            }
            guard parts.count == 2, words.count == 5, isSafe, words[0] == "net", ["ipv4", "ipv6", "mpls"].contains(words[1]),
                isPlaceholder(words[3])
            else { throw RPCError(.invalidParameter, "invalid endpoint sysctl setting: \(entry)") }
            return Setting(path: words.joined(separator: "/"), value: String(parts[1]))
        }
    }

    private static func interface(_ options: [String: String]) throws -> String? {
        var reader = OptionReader(options: options, faults: [])
        let name = reader.interfaceName(interfaceKey, limit: 15)
        if let fault = reader.faults.first { throw RPCError(.invalidParameter, fault) }
        guard name != "lo" else { throw RPCError(.invalidParameter, "invalid interface name: lo") }
        return name
    }
}

extension EndpointPlan.Setting {
    func path(for interface: String) -> String {
        path.split(separator: "/").map { EndpointPlan.isPlaceholder($0) ? interface : String($0) }.joined(separator: "/")
    }
}
